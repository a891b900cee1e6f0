import type { EventFacts, EventKind } from "../../records/event";
import type { Color, ReleaseRecord } from "../../release/release";
import type { SwitchInput } from "../../rules/stepInput";
import type { TargetHands } from "../../targets/hands";
import { sleep } from "../../targets/timing";
import { noteEvent } from "./noteEvent";

/** One move of the traffic: what was asked for, and what the set holds that it goes to. */
export interface Move {
  readonly hands: TargetHands;
  readonly input: SwitchInput;
  readonly record: ReleaseRecord;
}

/** Moves all users to a set, and says so on record first: to the wanted one for as long as it does well. */
export async function moveTo(
  { hands, input, record }: Move,
  color: Color,
  aside = 0,
): Promise<void> {
  const { records } = hands;
  const number = ((await records.readSwitch())?.number ?? 0) + 1;
  const release = (await records.readPlacement(color))?.record.id ?? record.id;
  const settled = color !== input.color;
  await records.writeSwitch({ number, release, color, at: new Date().toISOString(), settled });
  await hands.move(color, aside);
  // One that was killed right here may have left it, whatever the strategy is by now.
  if (await records.roll.read()) await records.roll.forget();
}

/** Puts on record what became of the release, unless told of another one. */
export function note(
  { hands, input: { color }, record }: Move,
  kind: EventKind,
  facts: Partial<EventFacts>,
): Promise<void> {
  return noteEvent(hands.records, { kind, release: record.id, color, ...facts });
}

/** That a move was a restart, for its event; nothing where another release than the restarted one served before it. */
export async function restartFacts(
  { hands, record: { restartOf } }: Move,
  active: Color | null,
): Promise<Pick<EventFacts, "restartOf">> {
  if (restartOf === undefined || active === null) return {};
  const served = (await hands.records.readPlacement(active))?.record.id;
  return served === restartOf ? { restartOf } : {};
}

/** What becomes of the set that no longer serves, once what it had begun is done. */
export async function retire(move: Move, outgoing: Color): Promise<void> {
  const { hands, input } = move;
  const { keepPrevious, drainSeconds } = input;
  if (keepPrevious === "warm") return;
  if (!input.rolling || (await leavesServices(move, outgoing))) await sleep(drainSeconds * 1000);
  // Whoever took the traffic back meanwhile needs the set.
  if ((await hands.activeColor()) !== input.color) return;
  const held = (await hands.records.readPlacement(outgoing))?.record;
  const graceOf = (service: string) => held?.services[service]?.stopGraceSeconds ?? drainSeconds;
  await hands.retire(outgoing, graceOf);
  // Without proof the set counts as empty: the next update removes what is left of it.
  if (keepPrevious === "removed") await hands.records.disprove(outgoing);
  await note(move, "retired", { color: outgoing, ...(held ? { release: held.id } : {}) });
  console.log(`${outgoing} set stopped after ${drainSeconds} s of drain`);
}

/** Whether a set has services that the release has not: of those that it has the ones before have stopped as they moved. */
async function leavesServices({ hands, record }: Move, outgoing: Color): Promise<boolean> {
  const held = (await hands.records.readPlacement(outgoing))?.record;
  return Object.keys(held?.services ?? {}).some((service) => !(service in record.services));
}
