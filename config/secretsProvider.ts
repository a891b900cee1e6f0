import { readFileSync } from "node:fs";

/** The stack whose secrets must not hang on what a person knows or a file holds. */
const PRODUCTION = "production";

/** What is wrong with the way a stack's state is encrypted, from its Pulumi.<stack>.yaml in the present directory. */
export function findSecretsProviderProblems(stack: string): string[] {
  if (stack !== PRODUCTION) return [];
  const file = `Pulumi.${stack}.yaml`;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  // Pulumi writes the salt for a passphrase alone.
  return /^encryptionsalt:/m.test(text)
    ? [
        `secretsProvider: must be a key service, got a passphrase (encryptionsalt in ${file}); ` +
          'run `pulumi stack change-secrets-provider "awskms://<key id>?region=<region>"`',
      ]
    : [];
}
