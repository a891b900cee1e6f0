import { inParallel } from "../../registry/inParallel";
import { HostError } from "../../rules/host/asking";
import type { TargetHands } from "../hands";

/** How many hosts are dealt with at once: each has a connection, and all of them pull from one registry. */
const HOSTS_AT_ONCE = 8;

/** One host of a stack, and what is done there. */
export interface NamedHost {
  /** What messages call it. */
  readonly name: string;
  readonly hands: TargetHands;
}

/** What one host gave, or why it gave nothing. */
export interface Outcome<T> {
  readonly host: NamedHost;
  readonly value: T | null;
  /** Null: it did what it was asked. */
  readonly error: Error | null;
}

/** What a host that is reached gave. */
export interface Given<T> {
  readonly host: NamedHost;
  readonly value: T;
}

/**
 * The hosts of a stack, dealt with side by side. A host that cannot be reached ends whatever is done, except on the way
 * back from a release that has failed: that is left out from then on, and the step fails all the same. The first host
 * holds the records, so without it there is no way back either.
 */
export class HostGroup {
  readonly first: NamedHost;
  private readonly left = new Set<NamedHost>();
  private isGoingBack = false;

  /** @param all at least one. */
  constructor(readonly all: readonly NamedHost[]) {
    const [first] = all;
    if (!first) throw new Error("a stack needs a host");
    const names = all.map(({ name }) => name);
    if (new Set(names).size < names.length) {
      throw new Error(`hosts: names must differ, got ${names.join(", ")}; name each host once`);
    }
    this.first = first;
  }

  /** Those that are not left out. */
  get present(): readonly NamedHost[] {
    return this.all.filter((host) => !this.left.has(host));
  }

  /** Whether a release has failed on one of them, and the way leads back. */
  get goesBack(): boolean {
    return this.isGoingBack;
  }

  /** All but the first, as far as they are not left out. */
  get others(): readonly NamedHost[] {
    return this.present.filter((host) => host !== this.first);
  }

  /** Does something on each host, and waits for all of them, so that nothing goes on after an error. It throws nothing. */
  attempt<T>(
    action: (host: NamedHost) => Promise<T>,
    hosts: readonly NamedHost[] = this.present,
  ): Promise<readonly Outcome<T>[]> {
    return inParallel(hosts, HOSTS_AT_ONCE, async (host) => {
      try {
        return { host, value: await action(host), error: null };
      } catch (error) {
        return { host, value: null, error: error as Error };
      }
    });
  }

  /**
   * As {@link attempt}, with what the hosts gave.
   *
   * @param isWrong says of what a host gave that the release fails there: then one that cannot be reached holds nothing up.
   * @throws HostError naming all hosts that cannot be reached; whatever else went wrong, with the host's name.
   */
  async each<T>(
    action: (host: NamedHost) => Promise<T>,
    hosts: readonly NamedHost[] = this.present,
    isWrong: (value: T) => boolean = () => false,
  ): Promise<readonly Given<T>[]> {
    const outcomes = await this.attempt(action, hosts);
    const given = outcomes.flatMap(({ host, value, error }) =>
      error ? [] : [{ host, value: value as T }],
    );
    this.isGoingBack ||= given.some(({ value }) => isWrong(value));
    this.leaveOut(outcomes);
    return given;
  }

  /**
   * Goes on without the hosts that could not be reached; nothing where all of them were.
   *
   * @throws HostError where none may be left out; whatever else went wrong on a host.
   */
  leaveOut(outcomes: readonly Outcome<unknown>[]): void {
    const failed = outcomes.filter(({ error }) => error !== null);
    if (failed.length === 0) return;
    const other = failed.find(({ error }) => !(error instanceof HostError));
    if (other) throw named(other);
    const says = failed.map((each) => named(each).message).join("\n");
    if (!this.isGoingBack || failed.some(({ host }) => host === this.first)) {
      throw new HostError(says);
    }
    for (const { host } of failed) this.left.add(host);
    console.error(
      `${says}\nwhat is done on the other hosts does not wait for it; the next update brings it to what they serve`,
    );
  }
}

function named({ host, error }: Outcome<unknown>): Error {
  return new Error(`${host.name}: ${error?.message}`, { cause: error });
}
