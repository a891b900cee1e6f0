import { stackPrefix } from "../../config/project";
import { databaseUrl, ownDatabase } from "../../rules/database/postgresLayout";
import { secretName } from "../../rules/serviceSecrets";
import { SecretsContext, type SecretChange } from "../secrets/context";
import { randomPassword } from "../secrets/values";
import { readUnreleasedSettings } from "../shared/stackFile";

const KEY = "DATABASE_URL";

/**
 * Gives every service with a migration that declares DATABASE_URL, and has no value for it, a database on the stack's
 * own server with a generated password. What is there stays: another server's address, or the password in use.
 */
export async function generateDatabaseSecrets(context: SecretsContext): Promise<SecretChange[]> {
  const changes: SecretChange[] = [];
  for (const service of servicesWithDatabase(context.stack)) {
    const values = await context.currentValues(service);
    if (values[KEY]) continue;
    const url = databaseUrl(stackPrefix(context.stack), service, randomPassword());
    changes.push(await context.change("generate", service, { [KEY]: url }));
  }
  return changes;
}

/** Whether any service's DATABASE_URL names the stack's own server, which must then be there. */
export async function hasOwnDatabases(stack: string): Promise<boolean> {
  const services = servicesWithDatabase(stack);
  if (services.length === 0) return false;
  return SecretsContext.use(stack, async (context) => {
    const addresses = await Promise.all(
      services.map(async (service) => (await context.currentValues(service))[KEY]),
    );
    return addresses.some((each) => ownDatabase(stackPrefix(stack), each ?? "") !== null);
  });
}

function servicesWithDatabase(stack: string): string[] {
  return Object.entries(readUnreleasedSettings(stack).services)
    .filter(([, { migration, secrets }]) => migration && secrets.map(secretName).includes(KEY))
    .map(([name]) => name);
}
