import * as pulumi from "@pulumi/pulumi";
import { describeSteps } from "../release/canary";
import { desiredRelease } from "../release/desiredRelease";
import type { PromotionEvidence } from "../release/history";
import { instanceRoot } from "../config/project";
import { digestsOf, type Release } from "../release/release";
import { describePlan, explainStaleOutputs } from "../release/planWords";
import { withDeclarations, withSboms, withStartShares } from "../release/recordFacts";
import { STEPPED_BACK_SHARES } from "../rules/host/cpuShares";
import { restartedRelease } from "../release/restart";
import { servingRelease } from "../release/servingRelease";
import { planRollout, type RolloutPlan } from "../release/rolloutPlan";
import { previousState } from "../release/stackOutputs";
import { withLogins } from "../rules/database/databaseLogins";
import { describeVolumes } from "../rules/host/scratchSpace";
import type { ManagedSecret } from "../secretStore/store";
import type { Decision, Serving } from "../targets/target";
import { noteBrokenGlass } from "./accessCheck";
import { rollWords } from "./rollCheck";
import { lookBefore, type Look, type UpdatePlanArgs } from "./lookBefore";
import { showPendingRevisions } from "./pendingRevisions";
import { hasServedBefore } from "./servedBefore";
import { missingForNotices } from "./noticeCheck";
import { memoryOutlookOf } from "./memoryOutlook";
import { outlookOf } from "./trafficOutlook";
import { findProblems, isExpected, type Answers } from "./planProblems";

/** What this update is to do. */
export interface UpdatePlan {
  readonly plan: RolloutPlan;
  readonly desired: Release;
  /** What speaks for a release taken over from another stack; null: it was not. */
  readonly promotion: PromotionEvidence | null;
  /** Whether the traffic moves to a release that has served here before; known where a policy asks for it. */
  readonly goesBack: boolean;
  /** Service -> the resource behind its secrets, where the stack's store has such. */
  readonly managedSecrets: Readonly<Record<string, ManagedSecret>>;
  /** Registers what carries the plan out. */
  readonly register: (opts: pulumi.ComponentResourceOptions) => Serving;
}

/**
 * Looks at what serves and plans the update, before any resource is touched; in a preview too.
 *
 * @throws pulumi.RunError for everything an operator can mend, so that no stack trace hides the message.
 */
export async function planUpdate(args: UpdatePlanArgs): Promise<UpdatePlan> {
  try {
    return await lookBefore(args, (look) => makePlan(look, args));
  } catch (error) {
    throw isExpected(error) ? new pulumi.RunError(error.message) : error;
  }
}

async function makePlan(look: Look, args: UpdatePlanArgs): Promise<UpdatePlan> {
  const isPreview = pulumi.runtime.isDryRun();
  const decision = decide(look);
  const answers = await findProblems(look, decision, isPreview);
  const declared = withDeclarations(decision.rollout, answers.declared);
  const listed = withSboms(declared, await findSboms(look, decision.desired));
  const plan = withStartShares(listed, STEPPED_BACK_SHARES);
  await tell(look, { ...decision, rollout: plan }, answers, isPreview);
  if (!isPreview) await noteBrokenGlass(look, decision.desired.id);
  tellOfStaleOutputs(args, plan);
  const isAsked = look.settings.policy !== null && plan.action !== "none";
  const [secretVariables, managedSecrets, goesBack] = await Promise.all([
    look.secrets.variables(plan),
    look.secrets.managed(),
    isAsked && hasServedBefore(look, decision.desired.id),
  ]);
  return {
    ...{ plan, managedSecrets, goesBack },
    desired: decision.desired,
    promotion: look.promotion?.evidence ?? null,
    register: (opts) => {
      const stateful = look.stateful.flatMap(({ work }) => work ?? []);
      return look.sight.register(plan, { secretVariables, stateful }, opts);
    },
  };
}

/** What the images are made of, for the release's record; those of a release that comes back are in its record already. */
async function findSboms({ settings, sight }: Look, desired: Release) {
  const sboms = settings.gates?.sboms;
  if (sboms === undefined) return {};
  const { keptSboms } = await import("../gates/sboms");
  const before = (await sight.records.readRelease(desired.id))?.sboms;
  return { ...before, ...keptSboms(sboms, instanceRoot(), digestsOf(desired)) };
}

/** What is wanted, and the way there from what serves; pure. */
function decide(look: Look): Decision {
  const { settings, secretVersions, recorded, previous, sight, restart, statefulWish } = look;
  const desired = restart
    ? restartedRelease(restart, sight.observed, secretVersions)
    : statefulWish
      ? servingRelease(sight.observed, `stateful ${statefulWish.action}`)
      : desiredRelease({ ...settings, secretVersions }, () => recorded);
  const rollout = planRollout(previousState(previous), sight.observed, desired, restart);
  return { desired, rollout: withLogins(rollout, settings.postgres !== null) };
}

/** Says in the update's log what it is about to do. */
async function tell(
  { settings, sight, stateful }: Look,
  { desired, rollout }: Decision,
  { declared, revisions }: Answers,
  isPreview: boolean,
): Promise<void> {
  const say = (text: string) => void pulumi.log.info(text);
  say(describePlan(rollout, desired));
  if (settings.rollout.canary && rollout.action !== "none") {
    say(
      `a release that is new here goes up by shares of the clients: ${describeSteps(settings.rollout.canary.steps)}`,
    );
  }
  stateful.forEach(({ says }) => says !== null && say(says));
  rollWords(settings, rollout).forEach(say);
  describeVolumes(desired, declared).forEach(say);
  missingForNotices(settings).forEach((text) => void pulumi.log.warn(text));
  if (isPreview) (await outlookOf(settings, sight, rollout)).forEach(say);
  if (isPreview && rollout.action === "deploy") {
    const memory = await memoryOutlookOf(settings, sight, rollout);
    if (memory !== null) say(memory);
    await showPendingRevisions(sight, desired, revisions);
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
