import type { TimedRun } from "../timedRun";
import type { Labelled } from "./awake";

/** Another way to release the same services, as the bench drives it. */
export interface Peer extends Labelled {
  /** `http://127.0.0.1:18175`: its edge. */
  readonly url: string;
  /** The next release, whose images are there already; all containers are made anew. */
  deploy(): Promise<Pick<TimedRun, "seconds">>;
  /** Back to the release before. */
  rollBack(): Promise<Pick<TimedRun, "seconds">>;
  /** The same release again; null: the tool has no such thing and would make all containers anew. */
  readonly noOp: (() => Promise<Pick<TimedRun, "seconds">>) | null;
}

/** Goes round three releases: what serves, what served before, and what comes next. */
export class ReleaseRing<Release> {
  private at = 0;

  constructor(private readonly releases: readonly Release[]) {}

  get current(): Release {
    return this.releases[this.at]!;
  }

  next(): Release {
    return this.turn(1);
  }

  previous(): Release {
    return this.turn(this.releases.length - 1);
  }

  private turn(by: number): Release {
    this.at = (this.at + by) % this.releases.length;
    return this.current;
  }
}
