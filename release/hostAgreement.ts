import { otherColor, type Color } from "./release";

/** Where one host's edge sends its users. */
export interface HostTraffic {
  readonly host: string;
  /** Null: nothing serves there. */
  readonly color: Color | null;
}

/** The last move of the traffic, as far as it says which way an unfinished one is ended. */
export interface LastMove {
  readonly color: Color;
  /** False: the move is a try, and whoever made it has not said that it stays. */
  readonly settled?: boolean;
}

/** A release whose services are moved one by one, as far as it says the same. */
export interface LastRoll {
  /** The set that the services go to. */
  readonly color: Color;
}

/** What several hosts serve, once a move that somebody has left unfinished is ended. */
export interface HostAgreement {
  /** Null: nothing serves on any of them. */
  readonly color: Color | null;
  /** Hosts that do not serve it, in their order. */
  readonly astray: readonly string[];
}

/**
 * Where several hosts' traffic belongs. They differ only where a move was begun and not ended, by a kill or a host that
 * was lost. A try is taken back: the set before it has served users until then. A way back is gone to its end: it leads
 * away from a release that has failed. Where no host serves the set before, as in a first release, there is no back. The
 * move that ends a roll is ended, too: users had every service from its set before, and the containers of the other set
 * have stopped.
 *
 * Pure, and the same for everybody who looks, so that a plan and the steps that carry it out mean the same set.
 *
 * @param last the move on record; null: none.
 * @param roll the roll on record; null: none.
 */
export function agreeOn(
  hosts: readonly HostTraffic[],
  last: LastMove | null,
  roll: LastRoll | null,
): HostAgreement {
  const served = new Set(hosts.map(({ color }) => color).filter((color) => color !== null));
  const color = served.size === 2 ? endOf(last, roll) : ([...served][0] ?? null);
  return { color, astray: hosts.filter((each) => each.color !== color).map(({ host }) => host) };
}

/** A move writes itself down on every host before the first one moves, so there is a record wherever two sets serve. */
function endOf(last: LastMove | null, roll: LastRoll | null): Color {
  if (last === null) {
    throw new Error(
      "two sets serve, and no move of the traffic is on record; restore the records of the first host from a backup",
    );
  }
  if (endsRoll(last.color, roll)) return last.color;
  return last.settled === false ? otherColor(last.color) : last.color;
}

/** Whether a move to a set is the one that comes after the last of its services. */
export function endsRoll(color: Color, roll: LastRoll | null): boolean {
  return roll?.color === color;
}
