import { DATABASE_SECRET, hasDatabaseSecret } from "../../rules/database/databaseLogins";
import type { DatabaseUse } from "../../rules/database/databaseCatalog";
import { databaseName, ownDatabase } from "../../rules/database/postgresLayout";
import type { ReleaseRecord } from "../../release/release";
import { SecretError, type SecretStore } from "../../secretStore/store";

/** A way into a database, with its password. */
export type UseWithPassword = DatabaseUse & { readonly password: string };

/**
 * How a set's services get into databases on the stack's own server, by the versions of the secrets that it was placed
 * with. Those of a service that another server serves are not among them.
 *
 * @throws SecretError when the store does not have a version.
 */
export async function usesOf(
  store: SecretStore,
  prefix: string,
  record: ReleaseRecord,
): Promise<Record<string, UseWithPassword>> {
  const uses: Record<string, UseWithPassword> = {};
  for (const [service, settings] of Object.entries(record.services)) {
    if (!hasDatabaseSecret(settings)) continue;
    const values = await store.read(service, settings.secretVersion ?? null);
    const own = ownDatabase(prefix, values[DATABASE_SECRET] ?? "");
    if (!own) continue;
    const { role: named, password, database } = own;
    uses[service] = { login: record.logins?.[service] ?? named, named, database, password };
  }
  return uses;
}

/**
 * As {@link usesOf}, for a set that exists already: what the store has forgotten must not keep the next release from
 * being placed, so such a service is taken to use the names that `npm run migrate -- secrets` gives.
 */
export async function usesOfExisting(
  store: SecretStore,
  prefix: string,
  record: ReleaseRecord,
): Promise<Record<string, DatabaseUse>> {
  const uses: Record<string, DatabaseUse> = {};
  for (const service of Object.keys(record.services)) {
    const settings = record.services[service]!;
    try {
      const alone = { ...record, services: { [service]: settings } };
      const { [service]: use } = await usesOf(store, prefix, alone);
      if (use) uses[service] = withoutPassword(use);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      const named = databaseName(service);
      uses[service] = { login: record.logins?.[service] ?? named, named, database: named };
      console.log(`${service}: ${error.message}; its role is taken to be ${named}`);
    }
  }
  return uses;
}

/** What may be written down of a way into a database. */
export function withoutPassword({ login, named, database }: DatabaseUse): DatabaseUse {
  return { login, named, database };
}
