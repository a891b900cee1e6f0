import type { Settings } from "../config/settings";
import type { Admission } from "../gates/access";
import type { StackRecords } from "../records/stackRecords";
import type { Promotion } from "../release/promotion";
import { restartedServices } from "../release/restart";
import { COLORS, type Release } from "../release/release";
import { isComplete, type ObservedState, type RestartWish } from "../release/rolloutPlan";
import type { StackOutputs } from "../release/stackOutputs";
import type { StatefulDecision, StatefulWish } from "../rules/stateful/statefulDecision";
import type { Sight, Target } from "../targets/target";
import { promotedRelease } from "./promotedRelease";
import { SecretPreflight } from "./secretPreflight";
import { lookAtStateful } from "./statefulLook";

/** What an update is planned from. */
export interface UpdatePlanArgs {
  readonly settings: Settings;
  readonly prefix: string;
  /**
   * The last outputs. Reading them takes longer than all the rest of a plan, so they are only waited for where the
   * target's own records do not say everything.
   */
  readonly previous: Promise<Partial<StackOutputs>>;
  readonly target: Target;
  /** That who makes the update may; null: the project has no rules for that. */
  readonly admission: Admission | null;
  /** What somebody wants to have restarted in place of what the stack asks for; left out: nothing. */
  readonly restart?: RestartWish | null;
  /** What somebody wants to have done with a stateful service, and with nothing else; left out: nothing. */
  readonly statefulWish?: StatefulWish | null;
}

/** Everything that is known before an update decides anything. */
export interface Look {
  /** As configured; where the release is taken over from another stack, with that one's digests. */
  readonly settings: Settings;
  readonly promotion: Promotion | null;
  readonly sight: Sight;
  /** The last outputs, as far as the target's records do not say the same. */
  readonly previous: Partial<StackOutputs>;
  /** All of the last outputs, for what can wait for them. */
  readonly lastOutputs: Promise<Partial<StackOutputs>>;
  readonly secrets: SecretPreflight;
  readonly secretVersions: Readonly<Record<string, string>>;
  /** The release whose settings are asked for again; null: today's settings are. */
  readonly recorded: Release | null;
  readonly admission: Admission | null;
  readonly restart: RestartWish | null;
  readonly statefulWish: StatefulWish | null;
  readonly stateful: readonly StatefulDecision[];
}

/**
 * Looks at the target, the records, the secrets and the last outputs, and hands on what is there while the target is
 * connected; touches nothing.
 */
export async function lookBefore<T>(
  { settings: configured, previous, target, admission, ...wishes }: UpdatePlanArgs,
  use: (look: Look) => Promise<T>,
): Promise<T> {
  const { restart = null, statefulWish = null } = wishes;
  // Neither takes anything over: both are about what runs.
  const promotion = restart || statefulWish ? null : await promotedRelease(configured, previous);
  const settings = promotion ? { ...configured, release: promotion.digests } : configured;
  return target.look(previous, async (sight) => {
    const { observed, records } = sight;
    const needed = isComplete(observed) ? {} : await previous;
    const secrets = new SecretPreflight(settings);
    return use({
      ...{ settings, promotion, sight, secrets, admission, restart, statefulWish },
      previous: needed,
      lastOutputs: previous,
      secretVersions: statefulWish
        ? {}
        : await secrets.currentVersions(
            restart ? restartedServices(restart, observed) : settings.services,
          ),
      stateful: await lookAtStateful(settings, sight, secrets, statefulWish),
      recorded: await findRecord(settings.settingsFrom, records, observed, needed),
    });
  });
}

async function findRecord(
  id: string | null,
  records: StackRecords,
  observed: ObservedState | null,
  previous: Partial<StackOutputs>,
): Promise<Release | null> {
  if (id === null) return null;
  const held = COLORS.flatMap((color) => [
    observed?.placements[color]?.record,
    previous.containerSets?.[color],
  ]);
  return held.find((record) => record?.id === id) ?? (await records.readRelease(id));
}
