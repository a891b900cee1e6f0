import * as pulumi from "@pulumi/pulumi";

/** Longest turn, in milliseconds. One that takes longer mostly waits: for a container that does not end when told to. */
const TURN_MILLISECONDS = 3_000;

/** Hands a value out once the turn has come; an input of the resource that waits for it. */
export type AtTurn = <T>(value: T) => pulumi.Input<T>;

/**
 * Has resources made by turns, so many at once, in the order in which they ask.
 *
 * A turn is an input that comes late, not a dependency: the state knows nothing of it, so that containers are removed all
 * at once as before, and a new one neither replaces nor waits for another in a later update.
 */
export class StartTurns {
  private readonly ends: Promise<void>[] = [];
  private first: Promise<void> | null = null;

  /**
   * @param atOnce how many; Infinity: all.
   * @param longestMilliseconds after which a turn is over, whether or not its resource is there.
   */
  constructor(
    private readonly atOnce: number,
    private readonly longestMilliseconds = TURN_MILLISECONDS,
  ) {}

  /** @param make gets what makes an input of its resource wait for its turn. */
  give<R extends pulumi.Resource>(make: (atTurn: AtTurn) => R): R {
    // A preview makes nothing, and need not wait.
    if (pulumi.runtime.isDryRun() || this.atOnce === Infinity) return make((value) => value);
    const before = this.ends[this.ends.length - this.atOnce];
    const made = make((value) => (before ? before.then(() => value) : value));
    const done = settled(made);
    // Until the first one is there nobody knows how long all of them wait for something else: images, a migration.
    this.first ??= done;
    this.ends.push(Promise.race([done, this.longEnough(Promise.all([before, this.first]))]));
    return made;
  }

  private async longEnough(begun: Promise<unknown>): Promise<void> {
    await begun;
    await new Promise((resolve) => setTimeout(resolve, this.longestMilliseconds).unref());
  }
}

/** Once a resource is there, or has failed, which ends nobody's turn but its own. */
function settled({ urn }: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      resolve();
      return "";
    };
    pulumi.recover(urn.apply(end), end);
  });
}
