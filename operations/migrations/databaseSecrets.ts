import { randomBytes } from "node:crypto";
import { databaseUrl } from "../../release/postgresLayout";
import { secretName } from "../../release/serviceSecrets";
import { SecretsContext, type SecretChange } from "../secrets/context";
import { PROJECT, readUnreleasedSettings } from "../shared/stackFile";

const PASSWORD_BYTES = 24;
const KEY = "DATABASE_URL";

/**
 * Gives every service with a migration that declares DATABASE_URL, and has no value for it, a database on the stack's
 * own server with a generated password. What is there stays: another server's address, or the password in use.
 */
export async function generateDatabaseSecrets(stack: string): Promise<SecretChange[]> {
  const { services } = readUnreleasedSettings(stack);
  const wanted = Object.entries(services)
    .filter(([, { migration, secrets }]) => migration && secrets.map(secretName).includes(KEY))
    .map(([name]) => name);
  if (wanted.length === 0) return [];
  return SecretsContext.use(stack, async (context) => {
    const changes: SecretChange[] = [];
    for (const service of wanted) {
      const values = await context.currentValues(service);
      if (values[KEY]) continue;
      const password = randomBytes(PASSWORD_BYTES).toString("hex");
      const url = databaseUrl(`${PROJECT}-${stack}`, service, password);
      changes.push(await context.change("generate", service, { [KEY]: url }));
    }
    return changes;
  });
}
