import { instanceRoot, projectName } from "../../config/project";
import type { Settings } from "../../config/settings";
import { readDelivered } from "../../host/deliveredFile";
import type { Host } from "../../host/host";
import { withLogin } from "../../rules/database/databaseLogins";
import type { SecretFacts, SetContainerFacts, SetFacts } from "../../rules/drift/facts";
import { deliveredSecrets, environmentSecrets } from "../../rules/serviceSecrets";
import { openStore } from "../../secretStore/openStore";
import type { SecretStore, SecretValues } from "../../secretStore/store";

/** What the store of secrets says beside what the sets' containers have. */
export interface SecretsLook {
  readonly versions: readonly SecretFacts[];
  /** The sets with the names of secrets that were delivered otherwise. */
  readonly sets: readonly SetFacts[];
}

/**
 * Compares the versions of what serves with the current ones, and the values that containers have with those of their
 * version. Values stay in this process's memory. A stack without secrets asks nothing.
 */
export async function lookAtSecrets(
  host: Host,
  { stack, prefix, secrets }: { stack: string; prefix: string } & Pick<Settings, "secrets">,
  sets: readonly SetFacts[],
): Promise<SecretsLook> {
  const held = sets.filter(({ isActive, proven }) => isActive || proven);
  if (held.every(({ record }) => Object.keys(deliveredSecrets(record)).length === 0)) {
    return { versions: [], sets };
  }
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  const active = held.find(({ isActive }) => isActive);
  const compare = async (set: SetFacts): Promise<SetFacts> => {
    if (!held.includes(set)) return set;
    const containers = set.containers.map((each) => compareValues(host, store, prefix, set, each));
    return { ...set, containers: await Promise.all(containers) };
  };
  const [versions, compared] = await Promise.all([
    active ? readVersions(store, active) : [],
    Promise.all(sets.map(compare)),
  ]);
  return { versions, sets: compared };
}

function readVersions(store: SecretStore, { record }: SetFacts): Promise<SecretFacts[]> {
  const services = Object.entries(deliveredSecrets(record));
  return Promise.all(
    services.map(async ([service, { version: serving }]) => {
      const current = (await store.list(service)).find(({ stage }) => stage === "current");
      return {
        ...{ service, secret: store.nameOf(service), serving },
        current: current?.version ?? serving,
        currentSince: current?.createdAt ?? null,
      };
    }),
  );
}

async function compareValues(
  host: Host,
  store: SecretStore,
  prefix: string,
  { record }: SetFacts,
  container: SetContainerFacts,
): Promise<SetContainerFacts> {
  const { service, name, found } = container;
  const delivered = deliveredSecrets(record)[service];
  if (found?.state !== "running" || !delivered) return container;
  const stored = await store.read(service, delivered.version);
  const wanted = withLogin(prefix, stored, delivered.login);
  const inContainer = (await host.engine()).getContainer(name);
  const files = await Promise.all(
    delivered.names.map(async (key) => [key, await readDelivered(inContainer, key)] as const),
  );
  const plain = environmentSecrets(record.services[service]!);
  const variables = plain.length > 0 ? variablesOf((await inContainer.inspect()).Config.Env) : {};
  const others = [
    ...files.filter(([key, value]) => value !== wanted[key]).map(([key]) => key),
    ...plain.filter((key) => variables[key] !== wanted[key]),
  ];
  return { ...container, found: { ...found, otherSecrets: [...new Set(others)].sort() } };
}

function variablesOf(lines: readonly string[]): SecretValues {
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
