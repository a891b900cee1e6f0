import type { StoryEvent } from "../../release/releaseStory";
import { secondsBetween } from "./secondsBetween";

/**
 * What a deployment goes through, in its order: its set is made and becomes healthy, gates and approvals let it pass,
 * the traffic moves, a share of the clients has it, all have it and it is watched.
 */
export const PHASES = ["prove", "gates", "switch", "canary", "watch"] as const;
export type Phase = (typeof PHASES)[number];

/** Seconds of each phase that events tell of; one that a deployment did not go through is left out. */
export type PhaseTimes = Readonly<Partial<Record<Phase, number>>>;

/** Which event ends a phase, and those with which it begins: the first of them that is there. */
const BOUNDS: Readonly<Record<Phase, { readonly from: readonly string[]; readonly to: string }>> = {
  prove: { from: ["claimed"], to: "proven" },
  gates: { from: ["proven"], to: "approved" },
  switch: { from: ["approved", "proven"], to: "first users" },
  canary: { from: ["shared"], to: "moved" },
  watch: { from: ["moved"], to: "watched" },
};

/**
 * How long each phase of a deployment took.
 *
 * @param events the release's own, oldest first.
 * @param deployedAt when its first users got it. Only what came after the last claim before that counts: a release can be
 * rejected and come again.
 */
export function phaseTimes(events: readonly StoryEvent[], deployedAt: string): PhaseTimes {
  const claim = events.findLast(({ kind, at }) => kind === "claimed" && at <= deployedAt);
  if (claim === undefined) return {};
  const times = new Map<string, string>([["first users", deployedAt]]);
  for (const { kind, at, number } of events) {
    // A canary is watched at each share; what counts as the watch is the one after all have it.
    if (kind === "watched" && !times.has("moved")) continue;
    if (number >= claim.number && !times.has(kind)) times.set(kind, at);
  }
  return Object.fromEntries(
    PHASES.flatMap((phase) => {
      const { from, to } = BOUNDS[phase];
      const begin = from.map((kind) => times.get(kind)).find((at) => at !== undefined);
      const end = times.get(to);
      return begin === undefined || end === undefined ? [] : [[phase, secondsBetween(begin, end)]];
    }),
  );
}
