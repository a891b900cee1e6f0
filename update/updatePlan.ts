import * as pulumi from "@pulumi/pulumi";
import type { LiveConfig } from "../components/dockerHost/nginxUpstream";
import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { desiredRelease } from "../release/desiredRelease";
import type { PromotionEvidence } from "../release/history";
import type { Color, Release, ReleaseRecord } from "../release/release";
import {
  describePlan,
  explainStaleOutputs,
  planRollout,
  withDeclarations,
  type ObservedState,
  type RolloutPlan,
} from "../release/rolloutPlan";
import { previousState } from "../release/stackOutputs";
import { withLogins } from "../rules/database/databaseLogins";
import { describeVolumes } from "../rules/host/scratchSpace";
import type { SecretVariables } from "../rules/serviceSecrets";
import type { ManagedSecret } from "../secretStore/store";
import { lookAfter } from "./lookAfter";
import { lookBefore, type Look, type UpdatePlanArgs } from "./lookBefore";
import { showPendingRevisions } from "./pendingRevisions";
import { findProblems, isExpected, type Answers, type Decision } from "./planProblems";

/** What this update is to do. */
export interface UpdatePlan {
  readonly plan: RolloutPlan;
  readonly desired: Release;
  /**
   * What the edge declares for each set. For an empty set that is the other one's release: most likely the next one
   * there has the same routes, and then its deploy needs no reload.
   */
  readonly edgeSets: Readonly<Record<Color, ReleaseRecord | null>>;
  readonly liveConfig: LiveConfig;
  readonly secretVariables: SecretVariables;
  /** What speaks for a release taken over from another stack; null: it was not. */
  readonly promotion: PromotionEvidence | null;
  /** Service -> the resource behind its secrets, where the stack's store has such. */
  readonly managedSecrets: Readonly<Record<string, ManagedSecret>>;
  /** The same look at the host as the plan was made from, for the end of the update. */
  readonly look: () => Promise<ObservedState | null>;
}

/**
 * Looks at what serves and plans the update, before any resource is touched; in a preview too.
 *
 * @throws pulumi.RunError for everything an operator can mend, so that no stack trace hides the message.
 */
export async function planUpdate(args: UpdatePlanArgs): Promise<UpdatePlan> {
  try {
    return await withHost(args.settings.host, (host) => makePlan(host, args));
  } catch (error) {
    throw isExpected(error) ? new pulumi.RunError(error.message) : error;
  }
}

async function makePlan(host: Host, args: UpdatePlanArgs): Promise<UpdatePlan> {
  const isPreview = pulumi.runtime.isDryRun();
  const look = await lookBefore(host, args);
  const decision = decide(look);
  const answers = await findProblems(host, look, decision, isPreview);
  const plan = withDeclarations(decision.rollout, answers.declared);
  await tell(look, { ...decision, rollout: plan }, answers, isPreview);
  tellOfStaleOutputs(args, plan);
  return {
    plan,
    desired: decision.desired,
    ...edgeOf(look, plan),
    ...(await secretsOf(look, plan)),
    promotion: look.promotion?.evidence ?? null,
    look: () => lookAfter(args.settings, args.prefix, plan),
  };
}

/** What is wanted, and the way there from what serves; pure. */
function decide({ settings, secretVersions, recorded, previous, observed }: Look): Decision {
  const desired = desiredRelease({ ...settings, secretVersions }, () => recorded);
  const rollout = planRollout(previousState(previous), observed, desired);
  return { desired, rollout: withLogins(rollout, settings.postgres !== null) };
}

/** Says in the update's log what it is about to do. */
async function tell(
  { settings, records }: Look,
  { desired, rollout }: Decision,
  { declared, revisions }: Answers,
  isPreview: boolean,
): Promise<void> {
  const say = (text: string) => void pulumi.log.info(text);
  say(describePlan(rollout, desired));
  describeVolumes(desired, declared).forEach(say);
  if (isPreview && rollout.action === "deploy") {
    showPendingRevisions(await records.readSchemas(), desired, revisions);
  }
  if (settings.settingsFrom !== null) {
    say(
      `its settings are those recorded with release ${settings.settingsFrom}; \`npm run images\`, or ` +
        `\`pulumi config rm maestro:settingsFrom\`, goes back to services.yaml`,
    );
  }
}

/** Nothing waits for the last outputs only to compare them. */
function tellOfStaleOutputs({ previous }: UpdatePlanArgs, { outgoingColor }: RolloutPlan): void {
  void previous.then(({ activeColor }) => {
    const note = explainStaleOutputs(activeColor, outgoingColor);
    if (note) void pulumi.log.warn(note);
  });
}

function edgeOf(
  { edge, generation, certificate }: Look,
  { sets: { blue, green } }: RolloutPlan,
): Pick<UpdatePlan, "edgeSets" | "liveConfig"> {
  return {
    edgeSets: {
      blue: (blue ?? green)?.record ?? null,
      green: (green ?? blue)?.record ?? null,
    },
    liveConfig: {
      generation,
      number: edge?.number ?? 0,
      certificate: certificate && certificate.fingerprint,
    },
  };
}

async function secretsOf(
  { secrets }: Look,
  plan: RolloutPlan,
): Promise<Pick<UpdatePlan, "secretVariables" | "managedSecrets">> {
  const [secretVariables, managedSecrets] = await Promise.all([
    secrets.variables(plan),
    secrets.managed(),
  ]);
  return { secretVariables, managedSecrets };
}
