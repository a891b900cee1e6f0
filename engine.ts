import * as pulumi from "@pulumi/pulumi";
import { admitUpdate, requireRole } from "./update/accessCheck";
import { createIdentity } from "./update/identity";
import { createImageRegistry } from "./update/imageRegistry";
import { keepSecrets } from "./update/managedSecrets";
import { stackOutputs } from "./update/outputs";
import { readOwnOutputs } from "./update/ownOutputs";
import { pruneAfterRelease } from "./update/pruneAfterRelease";
import { keepPolicy } from "./update/policy";
import { createPackages } from "./components/pythonPackages";
import { hasNoRelease, prepareRegistry } from "./update/registryOnly";
import { tagRelease } from "./update/releaseTags";
import { readRestart } from "./update/restartWish";
import { readStatefulWish } from "./update/statefulLook";
import { planUpdate } from "./update/updatePlan";
import { stackPrefix } from "./config/project";
import { readSettings } from "./config/readSettings";
import type { Settings } from "./config/settings";
import { ownRepositories } from "./config/registrySettings";
import type { Admission } from "./gates/access";
import { openTarget } from "./targets/openTarget";

export { readMaestro } from "./outputs";
export type {
  HistoryEntry,
  MaestroOutputs,
  ReleaseOutput,
  ServiceOutput,
  StackOutputs,
} from "./outputs";

/**
 * One update of a stack: what is wanted, what serves, the plan between them, and the components that carry it out. Settings
 * are those of the project that Pulumi runs: `Pulumi.<stack>.yaml` and services.yaml.
 *
 * @returns the stack's outputs, {@link StackOutputs}; a program of one's own exports them, beside its own.
 * @throws pulumi.RunError naming every mistake of the configuration, every breach of `maestro:policy`, or the role that
 * access.yaml wants, before any resource is touched.
 */
export async function releaseStack(): Promise<pulumi.Inputs> {
  const settings = readSettings();
  const held = keepPolicy(settings.policy);
  const admission = await admitUpdate();
  const { outputs, goesBack } = await registerStack(settings, admission);
  held.letGo(goesBack);
  return outputs;
}

interface RegisteredStack {
  readonly outputs: pulumi.Inputs;
  /** Whether its release has served here before. */
  readonly goesBack: boolean;
}

/** Makes the stack's resources; a policy holds them until all are made. */
async function registerStack(
  settings: Settings,
  admission: Admission | null,
): Promise<RegisteredStack> {
  const prefix = stackPrefix(pulumi.getStack(), pulumi.getProject());
  const previous = readOwnOutputs();
  const target = openTarget(settings, prefix);
  const providers = await target.createProviders(previous);
  if (hasNoRelease(settings)) {
    requireRole(admission);
    return { outputs: await prepareRegistry(settings, previous), goesBack: false };
  }
  const restart = readRestart(process.env);
  const statefulWish = readStatefulWish(process.env);
  const wishes = { restart, statefulWish };
  const update = await planUpdate({ settings, prefix, previous, target, admission, ...wishes });

  const registry = await createImageRegistry("images", {
    settings: settings.registry,
    repositories: ownRepositories(settings),
  });
  const identity = await createIdentity(settings);
  const packages = createPackages(settings, prefix, { providers });
  const serving = update.register({ providers });
  const { plan, desired, promotion } = update;
  tagRelease("release-tags", { settings: settings.registry, desired, previous, serving });
  pruneAfterRelease(settings, { plan, desired, serving });
  await keepSecrets(settings, update.managedSecrets);
  const outputs = stackOutputs({
    settings,
    prefix,
    previous,
    plan,
    desired,
    promotion,
    registry,
    identity,
    packages,
    serving,
  });
  return { outputs, goesBack: update.goesBack };
}
