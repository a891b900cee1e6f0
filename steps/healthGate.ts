import type { GateInput } from "../rules/stepInput";
import type { HeldSet, TargetHands, Unfit } from "../targets/hands";
import { elapsed, secondsSince } from "../targets/timing";
import { duringUpdate } from "./shared/duringUpdate";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";
import { report } from "./shared/report";
import { withHands } from "./shared/withHands";

/**
 * Proves the set that was just placed: every replica is ready, and every service answers through the edge's preview
 * port, the way users will take. Only then the set counts as proven and may be switched to.
 *
 * A release that fails is rejected: the next update refuses it until `maestro:allowRejected` names it.
 */
export function main(): Promise<number> {
  const input = readInput<GateInput>("healthGate");
  const { release } = input;
  return withHands(input, (hands) =>
    duringUpdate({ records: hands.records, release }, () => healthGate(hands, input)),
  );
}

/** See {@link main}. @returns the exit code. */
export async function healthGate(hands: TargetHands, input: GateInput): Promise<number> {
  const { color, placement } = input;
  const set = await requireClaim(hands, input);
  if (input.rolling) return completeSet(hands, set, placement);
  const start = performance.now();
  const unfit =
    (await hands.findUnfit(set)) ??
    (await askPreview(hands, set)) ??
    (await provePreview(hands, set, input));
  if (unfit) return fail(hands, set, unfit);
  const { record } = set;
  await hands.prove(color, { number: placement, record });
  const seconds = secondsSince(start);
  await noteEvent(hands.records, { kind: "proven", release: record.id, color, seconds });
  await hands.settle();
  console.log(`${color} set proven in ${elapsed(start)}`);
  return 0;
}

/** Services that move one by one are started and proven when their turn comes: until then the set has only to be whole. */
async function completeSet(
  hands: TargetHands,
  { color, record }: HeldSet,
  placement: number,
): Promise<number> {
  const unfit = await hands.findIncomplete({ color, record });
  if (unfit) return fail(hands, { color, record }, unfit);
  await hands.prove(color, { number: placement, record });
  console.log(`${color} set is made; each of its services is started and proven when it moves`);
  return 0;
}

/** @returns what the claim of this very update has noted. */
async function requireClaim(
  { records }: TargetHands,
  { color, placement, release }: GateInput,
): Promise<HeldSet> {
  const claimed = await records.readPlacement(color);
  if (claimed?.number !== placement || claimed.record.id !== release) {
    throw new Error(
      `${color} does not hold release ${release}, placement ${placement}: another update has taken the set, or this one ` +
        `leaves its claim out (--target, --exclude); run the whole update again`,
    );
  }
  return { color, record: claimed.record };
}

async function askPreview(hands: TargetHands, set: HeldSet): Promise<Unfit | null> {
  // Preview shows the other set while this one serves: a gate that is run once more has nothing else to ask.
  if ((await hands.activeColor()) === set.color) return null;
  const wrongs = await hands.ask(set, "preview");
  return wrongs.length > 0 ? { kind: "unwell", says: wrongs.join("\n"), logs: [] } : null;
}

/** What serves has been through this, or is from before there was such a gate. */
async function provePreview(
  hands: TargetHands,
  set: HeldSet,
  { healthGate: settings }: GateInput,
): Promise<Unfit | null> {
  if (!settings || (await hands.activeColor()) === set.color) return null;
  const { proveHealth } = await import("./shared/proveHealth");
  return proveHealth(hands, set, settings);
}

/** Rejects the release, where it is the release's fault and the release does not serve. */
async function fail(hands: TargetHands, { color, record }: HeldSet, unfit: Unfit): Promise<number> {
  report(unfit);
  if (unfit.kind === "incomplete") return 1;
  const active = await hands.activeColor();
  if (active === color) {
    console.error(`${color} serves users: what it holds is not rejected; see \`npm run status\``);
    return 1;
  }
  if (active && (await hands.records.readPlacement(active))?.record.id === record.id) {
    return failRestart(hands, { color, record }, unfit.says);
  }
  await hands.records.reject(record, unfit.says);
  await noteEvent(hands.records, {
    kind: "rejected",
    ...{ release: record.id, color, reason: unfit.says },
  });
  await hands.settle();
  console.error(
    `release ${record.id} is rejected; users still get the release they had. Mend it, or try it again with ` +
      `\`pulumi config set maestro:allowRejected ${record.id}\``,
  );
  return 1;
}

/** The release serves on the other set, so it is not the release's fault. */
async function failRestart(
  hands: TargetHands,
  { color, record }: HeldSet,
  reason: string,
): Promise<number> {
  await noteEvent(hands.records, { kind: "restart failed", release: record.id, color, reason });
  await hands.settle();
  console.error(
    `release ${record.id} was not restarted: its new containers are not fit to serve. Users still get it from those ` +
      `that they had; the next update removes the new ones`,
  );
  return 1;
}
