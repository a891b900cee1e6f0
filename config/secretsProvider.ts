import { readFileSync } from "node:fs";
import path from "node:path";
import { stackFilePath } from "./project";
import type { StackKind } from "./stackKind";

/**
 * What is wrong with the way a stack's state is encrypted, from the configuration file of the project in the present
 * directory. Secrets of production must not hang on what a person knows or a file holds.
 */
export function findSecretsProviderProblems(stack: string, kind: StackKind): string[] {
  if (kind !== "production") return [];
  const file = path.relative("", stackFilePath(stack, process.cwd()));
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another file was named with --config-file.
    return code === "ENOENT" ? [] : [`${file}: cannot be read, got ${code}; check its permissions`];
  }
  // Pulumi writes the salt for a passphrase alone.
  return /^encryptionsalt:/m.test(text)
    ? [
        `secretsProvider: must be a key service, got a passphrase (encryptionsalt in ${file}); ` +
          'run `pulumi stack change-secrets-provider "awskms://<key id>?region=<region>"`',
      ]
    : [];
}
