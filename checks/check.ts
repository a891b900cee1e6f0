import type { HeldSet, TargetHands } from "../targets/hands";

/** What a check looks at. */
export interface CheckedSet {
  readonly hands: TargetHands;
  readonly set: HeldSet;
}

/** Something of a set that is not as it must be. */
export interface Finding {
  /** What was looked at, what was wanted and what was found, for people. */
  readonly says: string;
  /** The part at fault, whose last words are shown; left out: no single one. */
  readonly part?: { readonly service: string; readonly replica: number };
  /** Time can mend it: the set gets the time that is left. */
  readonly mayPass?: true;
}

/**
 * Looks at one thing of a set that is ready and serves nobody yet.
 *
 * `first`: once, as soon as it is ready; `while`: again and again, as long as it must stay ready; `last`: once, behind that.
 */
export interface Check {
  /** What messages call it. */
  readonly name: string;
  readonly moment: "first" | "while" | "last";
  /** @returns what is wrong; empty: nothing. */
  look(checked: CheckedSet): Promise<readonly Finding[]>;
}
