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
  /** Null: it cannot be reached. */
  readonly value: T | null;
  readonly lost: HostError | null;
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

  /** All but the first, as far as they are not left out. */
  get others(): readonly NamedHost[] {
    return this.present.filter((host) => host !== this.first);
  }

  /**
   * Does something on each host, and waits for all of them, so that nothing goes on after an error.
   *
   * @throws the first error, with the host's name, except that a host could not be reached.
   */
  async try<T>(
    action: (host: NamedHost) => Promise<T>,
    hosts: readonly NamedHost[] = this.present,
  ): Promise<readonly Outcome<T>[]> {
    const outcomes = await inParallel(hosts, HOSTS_AT_ONCE, async (host) => {
      try {
        return { host, value: await action(host), error: null };
      } catch (error) {
        return { host, value: null, error };
      }
    });
    for (const { host, error } of outcomes) {
      if (error !== null && !(error instanceof HostError)) throw named(host, error);
    }
    return outcomes.map(({ error, ...rest }) => ({ ...rest, lost: error as HostError | null }));
  }

  /**
   * As {@link try}, with what the hosts gave.
   *
   * @param isWrong says of what a host gave that the release fails there: then one that cannot be reached holds nothing up.
   * @throws HostError naming all hosts that cannot be reached.
   */
  async each<T>(
    action: (host: NamedHost) => Promise<T>,
    hosts: readonly NamedHost[] = this.present,
    isWrong: (value: T) => boolean = () => false,
  ): Promise<readonly Given<T>[]> {
    const outcomes = await this.try(action, hosts);
    const given = outcomes.flatMap(({ host, value, lost }) =>
      lost ? [] : [{ host, value: value as T }],
    );
    this.isGoingBack ||= given.some(({ value }) => isWrong(value));
    const lost = outcomes.filter((outcome) => outcome.lost);
    if (lost.length > 0) this.leaveOut(lost);
    return given;
  }

  /** @throws HostError where nothing may be left out. */
  leaveOut(lost: readonly Outcome<unknown>[]): void {
    const says = lost.map(({ host, lost: error }) => `${host.name}: ${error?.message}`).join("\n");
    if (!this.isGoingBack || lost.some(({ host }) => host === this.first)) {
      throw new HostError(says);
    }
    for (const { host } of lost) this.left.add(host);
    console.error(
      `${says}\nwhat is done on the other hosts does not wait for it; the next update brings it to what they serve`,
    );
  }
}

function named({ name }: NamedHost, cause: unknown): Error {
  return new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
