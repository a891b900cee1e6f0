import * as pulumi from "@pulumi/pulumi";
import { BlueGreenRelease } from "./components/blueGreenRelease";
import { createIdentity } from "./components/identity";
import { createImageRegistry } from "./components/imageRegistry";
import { keepSecrets } from "./components/managedSecrets";
import { NginxUpstream } from "./components/nginxUpstream";
import { PostgresDatabase } from "./components/postgresDatabase";
import { createProviders } from "./components/providers";
import { readOwnOutputs } from "./components/ownOutputs";
import { PythonPackages } from "./components/pythonPackages";
import { stackOutputs } from "./components/outputs";
import { hasNoRelease, prepareRegistry } from "./components/registryOnly";
import { tagRelease } from "./components/releaseTags";
import { planUpdate } from "./components/updatePlan";
import { ownRepositories } from "./config/registrySettings";
import { readSettings } from "./config/readSettings";
import { listenUrl } from "./release/listenUrl";

/** One update of a stack: what is wanted, what serves, the plan between them, and the components that carry it out. */
export default async function main(): Promise<pulumi.Inputs> {
  const settings = readSettings();
  const prefix = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const providers = createProviders(settings.host);
  const previous = readOwnOutputs();
  if (hasNoRelease(settings)) return prepareRegistry(settings, previous);
  const { plan, desired, promotion, edgeSets, liveConfig, ...secrets } = await planUpdate({
    settings,
    prefix,
    previous,
  });

  const { host, directory, subnet, rollout } = settings;
  // What others use is not removed by one command.
  const protect = pulumi.getStack() !== "development";
  const registry = await createImageRegistry("images", {
    settings: settings.registry,
    repositories: ownRepositories(settings),
  });
  const identity = await createIdentity(settings);
  const packages =
    settings.packages &&
    new PythonPackages(
      "packages",
      { settings: settings.packages, prefix, directory },
      { providers },
    );
  const edge = new NginxUpstream(
    "edge",
    { edge: settings.edge, prefix, host, directory, subnet, sets: edgeSets, liveConfig },
    { providers },
  );
  const postgres =
    settings.postgres &&
    new PostgresDatabase(
      "postgres",
      { settings: settings.postgres, prefix, subnet, after: [edge] },
      { providers },
    );
  const release = new BlueGreenRelease(
    "release",
    {
      plan,
      prefix,
      host,
      directory,
      subnet,
      network: prefix,
      edgeUrl: listenUrl(settings.edge.listen),
      previewUrl: listenUrl(settings.edge.preview),
      rollout,
      stack: pulumi.getStack(),
      secrets: settings.secrets,
      secretVariables: secrets.secretVariables,
      migrations: settings.migrations,
      postgres,
      protect,
      edge,
    },
    { providers },
  );
  if (settings.registry.manage) {
    const { activeColor } = release;
    tagRelease(
      "release-tags",
      { settings: settings.registry, release: desired, previous, activeColor },
      { parent: release },
    );
  }
  await keepSecrets(settings, secrets.managedSecrets);
  return stackOutputs({
    settings,
    prefix,
    previous,
    plan,
    desired,
    promotion,
    registry,
    identity,
    packages,
    edge,
    release,
  });
}
