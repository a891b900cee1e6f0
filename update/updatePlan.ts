import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { withHost } from "../host/connectHost";
import { type Host } from "../host/host";
import { HostError } from "../rules/host/asking";
import { HostDirectory } from "../host/hostDirectory";
import { observeHost } from "../host/observe";
import { listenUrl } from "../rules/edge/listenUrl";
import { generationOf } from "../rules/edge/nginxConfig";
import {
  checkAll,
  checkCertificate,
  checkDatabaseServer,
  checkEngine,
  checkMachine,
  readCertificate,
} from "./hostPreflight";
import type { LiveConfig } from "../components/dockerHost/nginxUpstream";
import { lookAfter } from "./lookAfter";
import { promotedRelease } from "./promotedRelease";
import type { ManagedSecret } from "../secretStore/store";
import { SecretPreflight } from "./secretPreflight";
import type { SecretVariables } from "../rules/serviceSecrets";
import { RegistryError } from "../registry/registryError";
import { checkImages } from "../host/imagePreflight";
import { showPendingRevisions } from "./pendingRevisions";
import { checkSchemas } from "./schemaCheck";
import { withLogins } from "../rules/database/databaseLogins";
import { desiredRelease } from "../release/desiredRelease";
import { describeVolumes } from "../rules/host/scratchSpace";
import type { ImageDeclarations } from "../release/release";
import { COLORS, type Color, type Release, type ReleaseRecord } from "../release/release";
import {
  describePlan,
  explainStaleOutputs,
  planRollout,
  PlanError,
  withDeclarations,
  type ObservedState,
  type RolloutPlan,
} from "../release/rolloutPlan";
import type { PromotionEvidence } from "../release/history";
import { previousState, type StackOutputs } from "../release/stackOutputs";

export interface UpdatePlanArgs {
  readonly settings: Settings;
  readonly prefix: string;
  /**
   * The last outputs. Reading them takes longer than all the rest of a plan, so they are only waited for where the
   * host's own records do not say everything.
   */
  readonly previous: Promise<Partial<StackOutputs>>;
}

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

/** Whether an error says what an operator can mend. */
function isExpected(error: unknown): error is Error {
  return error instanceof PlanError || error instanceof HostError || error instanceof RegistryError;
}

async function makePlan(host: Host, args: UpdatePlanArgs): Promise<UpdatePlan> {
  const { prefix } = args;
  const promotion = await promotedRelease(args.settings, args.previous);
  const settings = promotion ? { ...args.settings, release: promotion.digests } : args.settings;
  const directory = new HostDirectory(host, settings.directory);
  const edge = await directory.readEdge();
  refuseRename(prefix, edge?.prefix ?? (await args.previous).network?.name);
  await checkMachine(host, prefix, settings, edge);
  const observed = await observeHost(host, {
    directory: settings.directory,
    edgeUrl: listenUrl(settings.edge.listen),
    prefix,
  });
  const previous = isComplete(observed) ? {} : await args.previous;
  refuseMovedNetwork(settings, edge?.subnet ?? previous.network?.subnet);
  const state = previousState(previous);
  const secrets = new SecretPreflight(settings);
  const secretVersions = await secrets.currentVersions();
  const recorded = await findRecord(settings.settingsFrom, directory, observed, previous);
  const desired = desiredRelease({ ...settings, secretVersions }, () => recorded);
  const rollout = withLogins(planRollout(state, observed, desired), settings.postgres !== null);
  await refuseRejected(settings, directory, desired, rollout);
  const tls = settings.edge.tls && (await readCertificate(host, settings.edge.tls));
  const isPreview = pulumi.runtime.isDryRun();
  const look = { settings, directory, prefix, desired, plan: rollout, asksAll: isPreview };
  const schemas = checkSchemas(host, look);
  let declared: ImageDeclarations = {};
  await checkAll(
    [
      schemas,
      checkDatabaseServer(host, prefix, settings.postgres, rollout),
      ...(rollout.action === "deploy"
        ? [
            checkEngine(host, desired),
            checkCertificate(tls),
            secrets.check(desired),
            checkImages(host, desired, settings.registry).then((found) => {
              declared = found;
            }),
          ]
        : []),
    ],
    isExpected,
  );
  const plan = withDeclarations(rollout, declared);
  void pulumi.log.info(describePlan(plan, desired));
  for (const note of describeVolumes(desired, declared)) void pulumi.log.info(note);
  if (isPreview && plan.action === "deploy") {
    showPendingRevisions(await directory.readSchemas(), desired, await schemas);
  }
  if (settings.settingsFrom !== null) {
    void pulumi.log.info(
      `its settings are those recorded with release ${settings.settingsFrom}; \`npm run images\`, or ` +
        `\`pulumi config rm maestro:settingsFrom\`, goes back to services.yaml`,
    );
  }
  void args.previous.then(({ activeColor }) => {
    const note = explainStaleOutputs(activeColor, plan.outgoingColor);
    if (note) void pulumi.log.warn(note);
  });
  const { blue, green } = plan.sets;
  const edgeSets = {
    blue: (blue ?? green)?.record ?? null,
    green: (green ?? blue)?.record ?? null,
  };
  const liveConfig = {
    generation: generationOf((await directory.readConfig()) ?? ""),
    number: edge?.number ?? 0,
    certificate: tls && tls.fingerprint,
  };
  const [secretVariables, managedSecrets] = await Promise.all([
    secrets.variables(plan),
    secrets.managed(),
  ]);
  const evidence = promotion?.evidence ?? null;
  return {
    plan,
    desired,
    edgeSets,
    liveConfig,
    secretVariables,
    managedSecrets,
    promotion: evidence,
    look: () => lookAfter(args.settings, args.prefix, plan),
  };
}

/** Every name on the host begins with the stack's: under another one, edge and database server would be made anew. */
function refuseRename(prefix: string, recorded: string | undefined): void {
  if (recorded !== undefined && recorded !== prefix) {
    throw new PlanError(
      `the stack was renamed: its containers on the host are named ${recorded}, but this update would name them ` +
        `${prefix}, and replace the edge and the database server while they serve; go back with \`pulumi stack rename\` ` +
        `to the name before (and \`name:\` in Pulumi.yaml), or destroy the stack first`,
    );
  }
}

function isComplete(observed: ObservedState | null): boolean {
  const placements = observed?.placements;
  return observed?.activeColor != null && placements?.blue != null && placements.green != null;
}

async function findRecord(
  id: string | null,
  directory: HostDirectory,
  observed: ObservedState | null,
  previous: Partial<StackOutputs>,
): Promise<Release | null> {
  if (id === null) return null;
  const held = COLORS.flatMap((color) => [
    observed?.placements[color]?.record,
    previous.containerSets?.[color],
  ]);
  return held.find((record) => record?.id === id) ?? (await directory.readRelease(id));
}

/** Every container has an address in the subnet: another one would replace what serves. */
function refuseMovedNetwork(settings: Settings, subnet: string | undefined): void {
  if (subnet !== undefined && subnet !== settings.subnet) {
    throw new PlanError(
      `maestro:network.subnet: cannot change while containers have addresses in ${subnet}, got ${settings.subnet}; ` +
        `set it back, or destroy the stack first`,
    );
  }
}

/** Rollbacks stick: what has failed is not tried again by the next update that happens to come along. */
async function refuseRejected(
  settings: Settings,
  directory: HostDirectory,
  desired: Release,
  plan: RolloutPlan,
): Promise<void> {
  if (plan.action === "none" || settings.allowRejected === desired.id) return;
  const rejection = await directory.readRejection(desired.id);
  if (!rejection) return;
  throw new PlanError(
    `maestro:release: release ${desired.id} was rejected at ${rejection.at} (${rejection.reason.split("\n")[0]}); ` +
      `choose another one, or try it again with \`pulumi config set maestro:allowRejected ${desired.id}\``,
  );
}
