import type { Color, ReleaseRecord } from "../../release/release";

/** The sets of a stack that hold a release. */
export type HeldSets = readonly {
  readonly color: Color;
  readonly record: ReleaseRecord;
  /** Whether it was found well, so that traffic may go there. */
  readonly proven: boolean;
}[];
