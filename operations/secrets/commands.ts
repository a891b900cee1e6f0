import { readFileSync } from "node:fs";
import { stackPrefix } from "../../config/project";
import { withPassword } from "../../rules/database/postgresLayout";
import { SecretError } from "../../secretStore/store";
import type { SecretChange, SecretsContext } from "./context";
import { parseEnvFile } from "./envFile";
import { canBeRandom, randomPassword, randomValue, readValue } from "./values";

/** One service's secrets, told without their values. */
export interface SecretStatus {
  readonly service: string;
  readonly secret: string;
  /** Version the next release takes; null: the service has none yet. */
  readonly current: string | null;
  readonly previous: string | null;
  /** Version that users get now; null: none. */
  readonly serving: string | null;
  readonly changedAt: string | null;
  readonly keys: readonly string[];
  /** Declared by the service, and not there. */
  readonly missing: readonly string[];
}

/** What differs between the version that serves and the current one. */
export interface SecretDifference {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What there is, service by service. */
export function listSecrets(
  context: SecretsContext,
  service: string | undefined,
): Promise<SecretStatus[]> {
  return Promise.all(
    context.select(service).map(async (name) => {
      const versions = await context.store.list(name);
      const current = versions.find(({ stage }) => stage === "current") ?? null;
      const keys = current ? (await context.store.look(name, current.version)).keys : [];
      return {
        service: name,
        secret: context.store.nameOf(name),
        current: current?.version ?? null,
        previous: versions.find(({ stage }) => stage === "previous")?.version ?? null,
        serving: await context.servingVersion(name),
        changedAt: current?.createdAt ?? null,
        keys,
        missing: (context.declared[name] ?? []).filter((key) => !keys.includes(key)),
      };
    }),
  );
}

/** Sets one key to what standard input has. */
export async function setSecret(
  context: SecretsContext,
  service: string,
  key: string,
): Promise<SecretChange[]> {
  context.requireDeclared(service, [key]);
  return [await context.change("set", service, { [key]: await readValue(key) })];
}

/**
 * Takes declared keys from a `.env` file; what has the same value already is left alone.
 *
 * @returns the changes, the file's keys that no service declares, and what other programs read in another way.
 */
export async function importSecrets(
  context: SecretsContext,
  file: string,
  service: string | undefined,
): Promise<{ changes: SecretChange[]; unused: string[]; notes: readonly string[] }> {
  const services = context.select(service);
  const used = new Set(services.flatMap((name) => context.declared[name] ?? []));
  const isWanted = (name: string) => used.has(name);
  const { values: found, notes } = parseEnvFile(file, readFileSync(file), isWanted);
  const changes: SecretChange[] = [];
  for (const name of services) {
    const before = await context.currentValues(name);
    const values = Object.entries(found).filter(
      ([key, value]) => context.declared[name]?.includes(key) && before[key] !== value,
    );
    if (values.length > 0) {
      changes.push(await context.change("import", name, Object.fromEntries(values)));
    }
  }
  return { changes, unused: Object.keys(found).filter((key) => !used.has(key)), notes };
}

/**
 * Gives every declared key that has no value a random one.
 *
 * @returns the changes, and the keys that need a value from somebody who knows it.
 */
export async function generateSecrets(
  context: SecretsContext,
  service: string | undefined,
): Promise<{ changes: SecretChange[]; open: string[] }> {
  const changes: SecretChange[] = [];
  const open: string[] = [];
  for (const { service: name, missing } of await listSecrets(context, service)) {
    open.push(...missing.filter((key) => !canBeRandom(key)).map((key) => `${name}: ${key}`));
    const values = missing.filter(canBeRandom).map((key) => [key, randomValue()] as const);
    if (values.length > 0) {
      changes.push(await context.change("generate", name, Object.fromEntries(values)));
    }
  }
  return { changes, open };
}

/**
 * Replaces values by new random ones, in a database's address the password alone, or by what standard input has. The values before stay the previous version, which
 * what serves goes on with until a release with the new ones has taken over and survived its watch.
 *
 * @throws Error while an earlier rotation is not released: the version that serves would no longer be the previous one.
 */
export async function rotateSecrets(
  context: SecretsContext,
  service: string,
  keys: readonly string[],
  fromInput: boolean,
): Promise<SecretChange[]> {
  context.requireDeclared(service, keys);
  const [status] = await listSecrets(context, service);
  if (status?.serving && status.current !== status.serving) {
    throw new Error(
      `${status.secret}: version ${status.current} is not released yet, users still get ${status.serving}; ` +
        `run \`pulumi up\` first, or \`restore\` ${status.serving}`,
    );
  }
  const absent = keys.filter((key) => !status?.keys.includes(key));
  if (absent.length > 0) {
    throw new Error(
      `${status?.secret}: has no ${absent.join(", ")} to rotate; use generate or set`,
    );
  }
  const renewed = fromInput ? {} : await renewedAddresses(context, service, keys);
  const notRandom = fromInput
    ? []
    : keys.filter((key) => !canBeRandom(key) && renewed[key] === undefined);
  if (notRandom.length > 0 || (fromInput && keys.length !== 1)) {
    throw new Error(
      `${notRandom.join(", ") || keys.join(", ")}: needs a value of its own; rotate one key with --stdin`,
    );
  }
  const values = Object.fromEntries(keys.map((key) => [key, renewed[key] ?? randomValue()]));
  if (fromInput) values[keys[0]!] = await readValue(keys[0]!);
  return [await context.change("rotate", service, values)];
}

/** Of an address of a database on the stack's own server only the password is a secret: the rest stays. */
async function renewedAddresses(
  context: SecretsContext,
  service: string,
  keys: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const current = await context.currentValues(service);
  const prefix = stackPrefix(context.stack);
  const password = randomPassword();
  return Object.fromEntries(
    keys.flatMap((key) => {
      const address = withPassword(prefix, current[key] ?? "", password);
      return address === null ? [] : [[key, address]];
    }),
  );
}

/** Makes an older version the current one. */
export async function restoreSecrets(
  context: SecretsContext,
  service: string,
  version: string,
): Promise<SecretChange[]> {
  context.select(service);
  await context.store.restore(service, version);
  const { keys } = await context.store.look(service, null);
  await context.audit("restore", service, version, keys);
  return [{ service, version, keys }];
}

/** What the next release would change for each service, against what serves. */
export async function diffSecrets(
  context: SecretsContext,
  service: string | undefined,
): Promise<SecretDifference[]> {
  const differences = context.select(service).map(async (name) => {
    const serving = await context.servingVersion(name);
    if (serving === null) return [];
    const { version } = await context.store.look(name, null);
    if (version === serving) return [];
    const before = await context.store.read(name, serving);
    const after = await context.store.read(name, version);
    if (Object.keys(after).length === 0) throw new SecretError(`${name}: is empty`);
    const shared = Object.keys(before).filter((key) => key in after);
    return {
      service: name,
      from: serving,
      to: version,
      added: Object.keys(after).filter((key) => !(key in before)),
      removed: Object.keys(before).filter((key) => !(key in after)),
      changed: shared.filter((key) => before[key] !== after[key]),
    };
  });
  return (await Promise.all(differences)).flat();
}
