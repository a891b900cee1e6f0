import { existsSync } from "node:fs";
import path from "node:path";
import pc from "picocolors";
import { instanceRoot } from "../../config/project";
import { generateDatabaseSecrets } from "../migrations/databaseSecrets";
import { generateSecrets, importSecrets } from "./commands";
import { SecretsContext } from "./context";

const ENV_FILE = ".env";

/**
 * What `make up` does for secrets: takes them from `.env`, where there is one, and makes up what is missing. Only
 * development may have values in a plain file, and is told that it has.
 *
 * @returns what was done, in a few words.
 */
export function prepareDevelopmentSecrets(
  stack: string,
  warn: (text: string) => void,
): Promise<string> {
  return SecretsContext.use(stack, async (context) => {
    if (context.select(undefined).length === 0) return "no service has any";
    const file = path.join(instanceRoot(), ENV_FILE);
    const imported = existsSync(file) ? await importSecrets(context, file, undefined) : null;
    if (imported) {
      imported.notes.forEach((note) => warn(pc.yellow(note)));
      warn(
        pc.yellow(
          `${ENV_FILE} holds secrets in clear text: fine on this machine, never in git, and read by no other stack`,
        ),
      );
    }
    const databases = await generateDatabaseSecrets(context);
    const { changes } = await generateSecrets(context, undefined);
    const count = (made: readonly { keys: readonly string[] }[]) =>
      made.reduce((sum, { keys }) => sum + keys.length, 0);
    const taken = imported ? `${count(imported.changes)} taken from ${ENV_FILE}, ` : "";
    return `${taken}${count([...databases, ...changes])} generated`;
  });
}
