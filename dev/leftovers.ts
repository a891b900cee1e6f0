import type Docker from "dockerode";
import { connectEngine } from "../host/engine";
import { LABELS } from "../rules/host/containerLabels";

/** The prefix of a stack that tests make, of this project or of one that a test has made up. */
const TEST_STACK = /^[a-z0-9-]+-itest-[a-z0-9-]+$/;

/**
 * Removes what killed test runs have left on this machine: containers, networks and volumes of test stacks, with the
 * addresses that other stacks of tests share, whichever clone made them. An engine that starts again starts such
 * containers again too. No test may run meanwhile. Returns the names of what was removed.
 */
export async function removeLeftovers(engine: Docker = connectEngine()): Promise<string[]> {
  const filters = { label: [LABELS.stack] };
  const isLeft = (labels: Record<string, string> | undefined) =>
    TEST_STACK.test(labels?.[LABELS.stack] ?? "");
  const removed: string[] = [];
  for (const { Id, Names, Labels } of await engine.listContainers({ all: true, filters })) {
    if (!isLeft(Labels)) continue;
    await engine.getContainer(Id).remove({ force: true, v: true });
    removed.push((Names[0] ?? Id).replace(/^\//, ""));
  }
  for (const { Id, Name, Labels } of await engine.listNetworks({ filters })) {
    if (!isLeft(Labels)) continue;
    await engine.getNetwork(Id).remove();
    removed.push(Name);
  }
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) });
  for (const { Name, Labels } of (Volumes as typeof Volumes | null) ?? []) {
    if (!isLeft(Labels)) continue;
    await engine.getVolume(Name).remove();
    removed.push(Name);
  }
  return removed;
}
