import type Docker from "dockerode";
import { withHost } from "../host/connectHost";
import type { SetContainer } from "../host/engine";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import type { GateInput } from "../release/operationInput";
import type { ReleaseRecord } from "../release/release";
import { settleLogins } from "./databases/settle";
import { askServices } from "./shared/askServices";
import { elapsed, readInput } from "./shared/input";
import {
  report,
  requireContainers,
  SetIncomplete,
  SetNotHealthy,
  waitUntilReady,
  type SetUnderTest,
} from "./shared/setHealth";

/**
 * Proves the set that was just placed: every replica is ready, and every service answers through the edge's preview
 * port, the way users will take. Only then the set counts as proven and may be switched to.
 *
 * A release that fails is rejected: the next update refuses it until `maestro:allowRejected` names it.
 */
export function main(): Promise<number> {
  const input = readInput<GateInput>();
  return withHost(input.host, (host) => judge(host, input));
}

async function judge(host: Host, input: GateInput): Promise<number> {
  const directory = new HostDirectory(host, input.directory);
  const { color, placement } = input;
  const record = await requireClaim(directory, input);
  const publicHost = (await directory.readEdge())?.publicHost;
  const start = performance.now();
  try {
    await prove(host, { ...input, record }, publicHost);
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    if (error instanceof SetIncomplete) return 1;
    await directory.reject(record, error.message);
    await settleLogins(host, input);
    console.error(
      `release ${record.id} is rejected; users still get the release they had. Mend it, or try it again with ` +
        `\`pulumi config set maestro:allowRejected ${record.id}\``,
    );
    return 1;
  }
  await directory.writePlacement(color, { number: placement, record, proven: true });
  await settleLogins(host, input);
  console.log(`${color} set proven in ${elapsed(start)}`);
  return 0;
}

/** What the claim of this very update has noted. */
async function requireClaim(
  directory: HostDirectory,
  { color, placement, release }: GateInput,
): Promise<ReleaseRecord> {
  const claimed = await directory.readPlacement(color);
  if (claimed?.number !== placement || claimed.record.id !== release) {
    throw new Error(
      `${color} does not hold release ${release}, placement ${placement}, any more: another update has taken the ` +
        `set; run this one again`,
    );
  }
  return claimed.record;
}

async function prove(host: Host, set: SetUnderTest, publicHost?: string): Promise<void> {
  const engine = await host.engine();
  const containers = await requireContainers(engine, set);
  const unlimited = await limitProcesses(engine, set, containers);
  await waitUntilReady(host, set, containers);
  const [failed] = await limitProcesses(engine, set, [...unlimited.keys()]);
  if (failed) {
    const [{ name }, reason] = failed;
    throw new SetNotHealthy(`${name}: its limit of processes cannot be set: ${reason}`);
  }
  const { previewUrl, color, record } = set;
  const asking = { url: previewUrl, previewUrl, ...(publicHost ? { publicHost } : {}) };
  const wrongs = await askServices(host, asking, color, record);
  if (wrongs.length > 0) throw new SetNotHealthy(wrongs.join("\n"));
}

/**
 * The docker provider knows no limit of processes, and a fork bomb in a new release must not reach the serving set.
 *
 * @returns containers that got no limit, and why: the Engine limits only what runs, and one may be exiting just now.
 */
async function limitProcesses(
  engine: Docker,
  { record }: SetUnderTest,
  containers: readonly SetContainer[],
): Promise<Map<SetContainer, string>> {
  const failed = new Map<SetContainer, string>();
  await Promise.all(
    containers.map(async (container) => {
      const limit = record.services[container.service]?.resources.pids;
      if (!limit) return;
      try {
        await engine.getContainer(container.id).update({ PidsLimit: limit });
      } catch (error) {
        failed.set(container, (error as Error).message);
      }
    }),
  );
  return failed;
}
