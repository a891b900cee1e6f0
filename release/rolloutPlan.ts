import { assignSlots } from "./addresses";
import { isShared, type CanaryRecord } from "./canary";
import type { EventHead } from "./history";
import { COLORS, otherColor, type Color, type Release, type ReleaseRecord } from "./release";
import { findThird, isRolling, type Roll } from "./rolling";
import type { Verdict } from "./trafficVerdict";

/** What the stack's last successful update left in its outputs. */
export interface PreviousState {
  readonly activeColor: Color;
  readonly sets: Readonly<Record<Color, ReleaseRecord | null>>;
}

/** What a set was last made to hold, as noted on the Docker host before its first container was touched. */
export interface Placement {
  /** Counts the placements on this set; a new number makes the gate run again. */
  readonly number: number;
  readonly record: ReleaseRecord;
  /** Whether the gate has passed since. False: the update that placed it failed or was killed. */
  readonly proven: boolean;
}

/** What the Docker host says now. The edge's word counts more than the outputs: a killed update leaves those behind. */
export interface ObservedState {
  /** The set that users reach; null: none was ever switched to. */
  readonly activeColor: Color | null;
  /** Counts the moves of the traffic; the switch refuses when somebody else moved it since the plan was made. */
  readonly switchNumber: number;
  readonly placements: Readonly<Record<Color, Placement | null>>;
  /** A release that gets a share of the clients; left out: none. */
  readonly canary?: CanaryRecord;
  /** A release whose services are moved one by one; left out: none. */
  readonly roll?: Roll;
  /** The last move may still be taken back: an update was stopped in its watch. */
  readonly unsettled?: true;
  /** Service -> commit of the image that serves, where it is known; only a look at the end of an update asks for it. */
  readonly revisions?: Readonly<Record<string, string>>;
  /** The last thing that has happened to the stack; only a look at the end of an update asks for it. */
  readonly lastEvent?: EventHead;
  /** What the watch has said of the release that serves, where it is known; asked for at the end of an update alone. */
  readonly watched?: Verdict;
}

/** What an update does with one set. */
export interface SetPlan {
  readonly record: ReleaseRecord;
  /** False: the set is left exactly as it is, whatever changed in the program, in services.yaml or in the stack. */
  readonly touch: boolean;
  /** Whether the engine must refuse to delete or replace its containers. */
  readonly protect: boolean;
  readonly placement: number;
}

/** What an update will do. */
export interface RolloutPlan {
  /** `none`: the release serves already; `switch`: it waits on the idle set; `deploy`: it must be placed there first. */
  readonly action: "none" | "switch" | "deploy";
  /** The set that serves when the update has succeeded. */
  readonly activeColor: Color;
  /** The set that serves before; null: first release. */
  readonly outgoingColor: Color | null;
  /** What each set holds when the update has succeeded; null: no containers. */
  readonly sets: Readonly<Record<Color, SetPlan | null>>;
  /** Number of the traffic's last move when the update has succeeded. */
  readonly switchNumber: number;
  /** A release that gets a share of the clients when the update begins; left out: none. */
  readonly canary?: CanaryRecord;
  /** A release some of whose services have moved when the update begins; left out: none. */
  readonly roll?: Roll;
}

/** What somebody wants to have restarted. */
export interface RestartWish {
  /** Number of the traffic's last move when it was wished: after another move it means something else. */
  readonly after: number;
  /** Services that must get new containers; empty: all. */
  readonly services: readonly string[];
}

/** A plan cannot be made; the message says why and what to do. */
export class PlanError extends Error {}

/** @throws PlanError with everything that is wrong, one line each; nothing for no line. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new PlanError(problems.join("\n  "));
}

/** Whether a look says all there is to plan from, so that nobody need wait for the last outputs. */
export function isComplete(observed: ObservedState | null): boolean {
  const placements = observed?.placements;
  return observed?.activeColor != null && placements?.blue != null && placements.green != null;
}

/** What is known of a set, from the host where it knows, else from the outputs. */
function held(
  color: Color,
  previous: PreviousState | null,
  observed: ObservedState | null,
): Placement | null {
  const placement = observed?.placements[color];
  if (placement) return placement;
  const record = previous?.sets[color];
  // The outputs alone prove nothing: the host may be a new one.
  return record ? { number: 0, record, proven: false } : null;
}

/**
 * Plans one update: which set will hold what, and where the traffic goes.
 *
 * A set that is not placed anew in this update is not touched at all. The active set is never placed. The idle set is
 * only switched to without a new placement when the host's record says that it holds the release and was proven.
 *
 * While traffic moves, or may move back, no set is protected: an engine that finds a protected container missing from a
 * later program refuses the whole update, and the outgoing set's services may be gone by then. It stays untouched all the
 * same.
 *
 * @param restart puts what serves, which `desired` is then, on the idle set once more; null: nobody wants that.
 * @throws PlanError when the active set's release is not known.
 */
export function planRollout(
  previous: PreviousState | null,
  observed: ObservedState | null,
  desired: Release,
  restart: RestartWish | null = null,
): RolloutPlan {
  const active = observed ? observed.activeColor : (previous?.activeColor ?? null);
  const holds = {
    blue: held("blue", previous, observed),
    green: held("green", previous, observed),
  };
  const switchNumber = observed?.switchNumber ?? 0;
  const serving = active && holds[active];
  if (active && !serving) {
    throw new PlanError(
      `the edge serves ${active}, but neither the host nor the stack's outputs know which release that is; ` +
        `restore the stack's state or the host's records before the next update`,
    );
  }
  const idle = active ? otherColor(active) : "blue";
  const untouched = (placement: Placement, protect: boolean): SetPlan => ({
    record: placement.record,
    touch: false,
    protect,
    placement: placement.number,
  });

  const under = observed?.canary ?? null;
  const canary = under && isShared(under, active) ? { canary: under } : null;
  const roll = isRolling(observed?.roll, active) ? { roll: observed.roll } : null;
  if (roll) refuse(findThird(roll.roll, serving?.record.id, desired.id, restart !== null));
  if (active && serving?.record.id === desired.id && !restart) {
    const waiting = holds[idle]?.proven ? untouched(holds[idle], false) : null;
    const sets = bySet(active, untouched(serving, !observed?.unsettled), waiting);
    // Clients who get another release, or services that have moved, come back by a move.
    const returns = canary !== null || roll !== null;
    return {
      action: returns ? "switch" : "none",
      activeColor: active,
      outgoingColor: active,
      sets,
      switchNumber: switchNumber + (returns ? 1 : 0),
      ...{ ...canary, ...roll },
    };
  }

  const outgoing = serving ? untouched(serving, false) : null;
  const waiting = holds[idle];
  const isWarm = !restart && waiting?.proven === true && waiting.record.id === desired.id;
  const again = restart && serving ? { of: serving.record.id, services: restart.services } : null;
  const incoming = isWarm ? untouched(waiting, false) : place(desired, holds, idle, again);
  return {
    action: isWarm ? "switch" : "deploy",
    activeColor: idle,
    outgoingColor: active,
    sets: bySet(idle, incoming, outgoing),
    switchNumber: switchNumber + 1,
    ...{ ...canary, ...roll },
  };
}

function bySet(color: Color, its: SetPlan | null, others: SetPlan | null) {
  return color === "blue" ? { blue: its, green: others } : { blue: others, green: its };
}

/** A restart: of which release, and the services that must get new containers; empty: all. */
interface Again {
  readonly of: string;
  readonly services: readonly string[];
}

/** Puts a release on the idle set. A set that is proven keeps the containers of services that do not change. */
function place(
  desired: Release,
  holds: Readonly<Record<Color, Placement | null>>,
  idle: Color,
  again: Again | null,
): SetPlan {
  const records = { blue: holds.blue?.record ?? null, green: holds.green?.record ?? null };
  const slots = assignSlots(Object.keys(desired.services), records, idle);
  const before = holds[idle];
  const placement = (before?.number ?? 0) + 1;
  const isAll = again?.services.length === 0;
  const isKept = before?.proven === true && !isAll && !dropsCommand(before.record, desired);
  const generation = isKept ? before.record.generation : placement;
  const generations = isKept ? generationsOf(before.record, desired, again, placement) : {};
  return {
    record: {
      ...{ id: desired.id, services: desired.services, slots, generation },
      ...(Object.keys(generations).length > 0 && { generations }),
      ...(again && { restartOf: again.of }),
    },
    touch: true,
    protect: false,
    placement,
  };
}

/** Those of services that were, or are, restarted without the others. */
function generationsOf(
  before: ReleaseRecord,
  { services }: Release,
  again: Again | null,
  placement: number,
): Record<string, number> {
  const kept = Object.entries(before.generations ?? {}).filter(([name]) => name in services);
  const fresh = again?.services.map((name) => [name, placement] as const) ?? [];
  return Object.fromEntries([...kept, ...fresh]);
}

/**
 * Whether a service goes back to its image's own command. To a plugin an input that is left out is no difference, so the
 * container would keep the command it has.
 */
function dropsCommand({ services }: Release, desired: Release): boolean {
  return Object.entries(services).some(
    ([name, { command }]) => command !== null && desired.services[name]?.command === null,
  );
}

/** The sets an update may change; the others stay exactly as they are. */
export function touchedSets(plan: RolloutPlan): Color[] {
  return COLORS.filter((color) => plan.sets[color]?.touch);
}
