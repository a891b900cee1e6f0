import type { StackRecords } from "../records/stackRecords";
import type { Release } from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import { compareServices } from "../rules/delivery/serviceChanges";
import type { ClaimInput } from "../rules/stepInput";
import type { TargetHands } from "../targets/hands";
import { sleep } from "../targets/timing";
import { duringUpdate } from "./shared/duringUpdate";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";
import { withHands } from "./shared/withHands";

/**
 * Runs before the first container of the idle set is touched: notes what the set will hold, not yet proven, so that no
 * later update takes a half-changed set for the release it used to be; and removes what a killed run left behind.
 */
export async function main(): Promise<void> {
  const input = readInput<ClaimInput>("claimSet");
  const { id: release } = input.record;
  await withHands(input, (hands) =>
    duringUpdate({ records: hands.records, release }, () => claimSet(hands, input)),
  );
}

/** See {@link main}. */
export async function claimSet(hands: TargetHands, input: ClaimInput): Promise<void> {
  const { color, record, placement } = input;
  const { records } = hands;
  const before = await records.readPlacement(color);
  // Its resource was lost or replaced (`pulumi state delete`, `--replace`), and nothing is to be placed.
  if (before?.number === placement && before.record.id === record.id) {
    console.log(`${color} set holds release ${record.id} already`);
    return;
  }
  await refuseServing(hands, input);
  // Before its images are looked for: `maestro prune` leaves those that a record names.
  await records.writeRelease(record);
  await hands.fetch(record);
  await endCanary(hands, before);
  await records.writePlacement(color, { number: placement, record, proven: false });
  const services = await changedServices(hands, record);
  const { id: release, restartOf } = record;
  const facts = { release, color, services, ...(restartOf && { restartOf }) };
  await noteEvent(records, { kind: "claimed", ...facts });
  if (!before?.proven) await clear(hands, input);
  else if (input.rolling) await rest(hands, input, before);
  await nameStack(records, input);
  console.log(`${color} set taken for release ${record.id}`);
}

async function changedServices(hands: TargetHands, record: Release): Promise<string[]> {
  const active = await hands.activeColor();
  const serving = active && (await hands.records.readPlacement(active));
  return compareServices(serving?.record ?? null, record).map(({ name }) => name);
}

async function refuseServing(hands: TargetHands, { color, record }: ClaimInput): Promise<void> {
  const isRolling = (await hands.records.roll.read()) !== null;
  const serves = isRolling && (await hands.movedServices()).length > 0;
  if ((await hands.activeColor()) !== color && !serves) return;
  throw new Error(
    `${color} serves users, so it cannot take release ${record.id}: the traffic was moved after this update was ` +
      `planned; run it again`,
  );
}

/** Clients who get the set that is taken get the other one first, and it finishes what it has begun for them. */
async function endCanary(hands: TargetHands, before: Placement | null): Promise<void> {
  const { records } = hands;
  const active = await hands.activeColor();
  const share = await hands.asidePercent();
  if (!active) return;
  // The record alone is what a killed update left: its share was never given, or its release got all clients.
  if (share === 0) return records.forgetCanary();
  await hands.move(active);
  await records.forgetCanary();
  const release = before?.record.id;
  const reason = `its canary was ended at ${share} %: another release takes the set`;
  await noteEvent(records, {
    kind: "went back",
    ...(release ? { release } : {}),
    color: active,
    reason,
  });
  const graces = Object.values(before?.record.services ?? {}).map((each) => each.stopGraceSeconds);
  const seconds = Math.max(0, ...graces);
  console.log(
    `all users get the ${active} set; waiting ${seconds} s for what the other one has begun`,
  );
  await sleep(seconds * 1000);
}

/** The plan makes a set that was not proven from nothing, so whatever a run that failed or was killed has left goes. */
async function clear(hands: TargetHands, set: ClaimInput): Promise<void> {
  for (const name of await hands.clear(set)) {
    console.log(`removed ${name}, left behind by an update that did not finish`);
  }
}

/** What a set holds that is kept for the next release must not run beside what serves: each service does when it moves. */
async function rest(hands: TargetHands, { color }: ClaimInput, { record }: Placement) {
  await hands.retire(color, (service) => record.services[service]?.stopGraceSeconds ?? 0);
}

/** So that a renamed stack is told from the one it was, also where an older version has configured the edge. */
async function nameStack(records: StackRecords, { prefix }: ClaimInput): Promise<void> {
  const edge = await records.readEdge();
  if (edge && edge.prefix === undefined) await records.writeEdge({ ...edge, prefix });
}
