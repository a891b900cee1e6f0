import type { CanaryRecord } from "./canary";
import type { EventHead } from "./history";
import { otherColor, type Color, type ReleaseRecord } from "./release";
import type { ObservedState, RolloutPlan } from "./rolloutPlan";
import type { Verdict } from "./trafficVerdict";

/** What serves, and what each set holds, when an update has done its part. */
export interface Outcome {
  readonly activeColor: Color;
  /** The release that users get, as it was placed. */
  readonly serving: ReleaseRecord;
  /** Null: nothing that traffic may go to. */
  readonly sets: Readonly<Record<Color, ReleaseRecord | null>>;
  /** A release that gets a share of the clients; left out: none. */
  readonly canary?: CanaryRecord;
  /** Service -> commit of its image, where it is known. */
  readonly revisions?: Readonly<Record<string, string>>;
  readonly lastEvent?: EventHead;
  /** What the watch has said of the release that serves; left out: it is not known. */
  readonly watched?: Verdict;
}

/** Outcome of a plan that moves nothing: what it was made from. */
export function unmovedOutcome({ activeColor, sets }: RolloutPlan): Outcome {
  const records = { blue: sets.blue?.record ?? null, green: sets.green?.record ?? null };
  return { activeColor, serving: records[activeColor]!, sets: records };
}

/**
 * Outcome as the host tells it; null: nothing serves. A plan that is carried out in part (`--target`, `--exclude`), or by
 * an engine whose state was edited, moves what it says or does not: only a look tells.
 */
export function observedOutcome(observed: ObservedState | null): Outcome | null {
  const activeColor = observed?.activeColor ?? null;
  const serving = activeColor && observed!.placements[activeColor]?.record;
  if (!activeColor || !serving) return null;
  const idle = otherColor(activeColor);
  const waiting = observed!.placements[idle];
  const held = waiting?.proven ? waiting.record : null;
  const sets =
    activeColor === "blue" ? { blue: serving, green: held } : { blue: held, green: serving };
  const { revisions, lastEvent, canary, watched } = observed!;
  return {
    ...{ activeColor, serving, sets },
    ...(canary && { canary }),
    ...(revisions && { revisions }),
    ...(lastEvent && { lastEvent }),
    ...(watched && { watched }),
  };
}

/** What an operator must know when an update has not moved the traffic where its plan said; null: it has. */
export function explainPartialUpdate(
  plan: RolloutPlan,
  desired: string,
  outcome: Outcome | null,
): string | null {
  if (plan.action === "none" || outcome?.serving.id === desired) return null;
  if (outcome?.canary?.release === desired) {
    return (
      `release ${desired} gets ${outcome.canary.percent} % of the clients, the others get ${outcome.serving.id}, and the ` +
      `outputs say so; the next \`pulumi up\` takes the next step`
    );
  }
  const serves = outcome
    ? `release ${outcome.serving.id} serves on ${outcome.activeColor}, and the outputs say so`
    : "nothing serves";
  return (
    `the traffic was not moved to release ${desired}: its switch was no part of this update (--target, --exclude, or a ` +
    `state that was edited); ${serves}. Run \`pulumi up\` without them`
  );
}
