import type { TargetHands } from "../hands";
import type { HostGroup, NamedHost, Outcome } from "./hostGroup";

/** A move of all hosts. `P` says where the users of one are. */
export interface JointMove<P> {
  /** It leads away from a release that has failed: it is made wherever it can be. */
  readonly isWayBack: boolean;
  /** Where it was made it stays made: whoever acts next makes it on the other hosts. */
  readonly isFinal?: boolean;
  /** Looks at a host before the first one moves; what it throws stops the move. */
  readonly ask: (host: NamedHost) => Promise<P>;
  readonly go: (hands: TargetHands) => Promise<void>;
  /** Takes a host to where it was. */
  readonly back: (hands: TargetHands, position: P) => Promise<void>;
}

/**
 * Makes a move in two phases: each host is asked before the first one moves; then all move side by side. A try that fails
 * on one host is taken back on all. A way back that fails on one host is gone to its end on the others.
 *
 * @throws HostError naming the hosts that could not be reached; whatever else went wrong on one of them.
 */
export async function inTwoPhases<P>(group: HostGroup, move: JointMove<P>): Promise<void> {
  const asked = await group.attempt(move.ask);
  if (!move.isWayBack) group.leaveOut(asked);
  const ready = asked.filter(({ error }) => error === null);
  const moved = await group.attempt(
    ({ hands }) => move.go(hands),
    ready.map(({ host }) => host),
  );
  const stays = move.isWayBack || move.isFinal;
  if (!stays && moved.some(({ error }) => error)) await takeBack(group, ready, move);
  group.leaveOut([...asked, ...moved]);
}

/** To where each host was, also those that have failed: they may have moved all the same. */
async function takeBack<P>(
  group: HostGroup,
  asked: readonly Outcome<P>[],
  { back }: JointMove<P>,
): Promise<void> {
  const positions = new Map(asked.map(({ host, value }) => [host, value as P]));
  const taken = await group.attempt(
    (host) => back(host.hands, positions.get(host)!),
    asked.map(({ host }) => host),
  );
  for (const { host, error } of taken) {
    console.error(
      error
        ? `${host.name}: could not be moved back: ${error.message}; the next update moves it back`
        : `${host.name}: its users are where they were`,
    );
  }
}
