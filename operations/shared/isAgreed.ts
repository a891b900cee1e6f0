import { createInterface } from "node:readline/promises";

/**
 * Asks whoever is at the terminal, on standard error: standard output is the result's.
 *
 * @param yes asks nobody.
 * @throws Error where nobody can be asked.
 */
export async function isAgreed(question: string, yes = false): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new Error(`${question}; add --yes where nobody can be asked`);
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question(`${question}. Type yes to go on: `)).trim() === "yes";
  } finally {
    reader.close();
  }
}
