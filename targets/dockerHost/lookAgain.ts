import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { type Host } from "../../host/host";
import { HostError } from "../../rules/host/asking";
import { HostDirectory } from "../../host/hostDirectory";
import { describeDifference } from "../../rules/host/containerDifferences";
import { otherColor } from "../../release/release";
import { PlanError, type ObservedState, type RolloutPlan } from "../../release/rolloutPlan";
import { HostQuestions } from "./questions";

/**
 * What serves and what waits, when an update's switch has run or was left out. After an update that was carried out in
 * part, the idle set's containers may not be those of its record any more: then it counts as not proven.
 *
 * @throws pulumi.RunError when the host or its edge cannot be asked.
 */
export async function lookAgain(
  settings: Settings,
  prefix: string,
  plan: RolloutPlan,
): Promise<ObservedState | null> {
  const { host: address, directory } = settings;
  try {
    return await withHost(address, async (host) => {
      const observed = await new HostQuestions(host, settings, prefix).observe();
      if (!observed) return null;
      const [judged, revisions, events] = await Promise.all([
        judgeIdleSet(host, observed, { plan, prefix, directory }),
        readRevisions(host, observed),
        readLastEvents(host, directory, observed),
      ]);
      return { ...judged, ...(revisions && { revisions }), ...events };
    });
  } catch (error) {
    if (!(error instanceof PlanError || error instanceof HostError)) throw error;
    throw new pulumi.RunError(error.message);
  }
}

/** For the history: which commits serve now; null: nothing serves. */
async function readRevisions(host: Host, { activeColor, placements }: ObservedState) {
  const serving = activeColor && placements[activeColor];
  if (!serving) return null;
  const { readImageRevisions } = await import("../../host/imageRevisions");
  return readImageRevisions(host, serving.record);
}

/** Empty: there are none, or none that can be read; no release fails for what its log would say. */
async function readLastEvents(
  host: Host,
  directory: string,
  { activeColor, placements }: ObservedState,
): Promise<Pick<ObservedState, "lastEvent" | "watched">> {
  try {
    const { events } = new HostDirectory(host, directory).records;
    const lastEvent = await events.head();
    const serving = activeColor && placements[activeColor]?.record.id;
    const watched = lastEvent && serving ? await events.lastVerdict(lastEvent, serving) : null;
    return { ...(lastEvent && { lastEvent }), ...(watched && { watched }) };
  } catch (error) {
    const why = (error as Error).message;
    void pulumi.log.warn(
      `the stack's events cannot be read: ${why}; look at them with \`maestro releases verify\``,
    );
    return {};
  }
}

async function judgeIdleSet(
  host: Host,
  observed: ObservedState,
  at: { plan: RolloutPlan; prefix: string; directory: string },
): Promise<ObservedState> {
  const { activeColor, placements } = observed;
  if (!activeColor || activeColor === at.plan.activeColor) return observed;
  const color = otherColor(activeColor);
  const waiting = placements[color];
  if (!waiting?.proven) return observed;
  const { inspectSet } = await import("../../host/inspectSet");
  const subnet = (await new HostDirectory(host, at.directory).records.readEdge())?.subnet ?? null;
  const set = { prefix: at.prefix, color, record: waiting.record, subnet };
  const { missing, differences } = await inspectSet(await host.engine(), set);
  const wrongs = [
    ...missing.map((name) => `container ${name} is missing`),
    ...differences.map(describeDifference),
  ];
  if (wrongs.length === 0) return observed;
  void pulumi.log.warn(
    `the ${color} set does not hold release ${waiting.record.id} any more, so it is made again when it is wanted:\n  ` +
      wrongs.join("\n  "),
  );
  return { ...observed, placements: { ...placements, [color]: { ...waiting, proven: false } } };
}
