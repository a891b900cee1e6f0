import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import type { GateInput } from "../rules/stepInput";
import type { ReleaseRecord } from "../release/release";
import { settleLogins } from "./databases/settle";
import { askServices } from "./shared/askServices";
import { elapsed, readInput, secondsSince } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";
import {
  report,
  requireFit,
  SetIncomplete,
  SetNotHealthy,
  setUnderTest,
  type SetUnderTest,
} from "./shared/setHealth";

/**
 * Proves the set that was just placed: every replica is ready, and every service answers through the edge's preview
 * port, the way users will take. Only then the set counts as proven and may be switched to.
 *
 * A release that fails is rejected: the next update refuses it until `maestro:allowRejected` names it.
 */
export function main(): Promise<number> {
  const input = readInput<GateInput>("healthGate");
  return withHost(input.host, (host) => judge(host, input));
}

async function judge(host: Host, input: GateInput): Promise<number> {
  const directory = new HostDirectory(host, input.directory);
  const { color, placement } = input;
  const record = await requireClaim(directory, input);
  const publicHost = (await directory.records.readEdge())?.publicHost;
  const start = performance.now();
  try {
    await prove(host, directory, await setUnderTest(directory, input, record), publicHost);
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    if (error instanceof SetIncomplete) return 1;
    if ((await directory.edge.readActiveColor()) === color) {
      console.error(`${color} serves users: what it holds is not rejected; see \`npm run status\``);
      return 1;
    }
    await directory.records.reject(record, error.message);
    await noteEvent(directory.records, {
      kind: "rejected",
      ...{ release: record.id, color, reason: error.message },
    });
    await settleLogins(host, input);
    console.error(
      `release ${record.id} is rejected; users still get the release they had. Mend it, or try it again with ` +
        `\`pulumi config set maestro:allowRejected ${record.id}\``,
    );
    return 1;
  }
  await directory.prove(color, { number: placement, record });
  const seconds = secondsSince(start);
  await noteEvent(directory.records, { kind: "proven", release: record.id, color, seconds });
  await settleLogins(host, input);
  console.log(`${color} set proven in ${elapsed(start)}`);
  return 0;
}

/** What the claim of this very update has noted. */
async function requireClaim(
  directory: HostDirectory,
  { color, placement, release }: GateInput,
): Promise<ReleaseRecord> {
  const claimed = await directory.records.readPlacement(color);
  if (claimed?.number !== placement || claimed.record.id !== release) {
    throw new Error(
      `${color} does not hold release ${release}, placement ${placement}: another update has taken the set, or this one ` +
        `leaves its claim out (--target, --exclude); run the whole update again`,
    );
  }
  return claimed.record;
}

async function prove(
  host: Host,
  directory: HostDirectory,
  set: SetUnderTest,
  publicHost?: string,
): Promise<void> {
  await requireFit(host, set);
  // Preview shows the other set while this one serves: a gate that is run once more has nothing else to ask.
  if ((await directory.edge.readActiveColor()) === set.color) return;
  const { previewUrl, color, record } = set;
  const asking = { url: previewUrl, previewUrl, ...(publicHost ? { publicHost } : {}) };
  const wrongs = await askServices(host, asking, color, record);
  if (wrongs.length > 0) throw new SetNotHealthy(wrongs.join("\n"));
}
