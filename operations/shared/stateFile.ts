import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { writeAtomically } from "../../host/hostDirectory";
import { pulumiEnvironment } from "../../toolchain/setup/environment";
import { PROJECT } from "./stackFile";

/** Directory of Pulumi's own files on a `file://` backend; null on any other one. */
export function localBackendDirectory(): string | null {
  const backend = pulumiEnvironment().PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file://")) return null;
  const url = backend.replace(/^file:\/\/~/, `file://${process.env["HOME"]}`);
  return path.join(fileURLToPath(url), ".pulumi");
}

/**
 * Puts a stack's state back to its backup when a kill has left half a file: this backend writes in place, so a process
 * that dies in the middle leaves an empty or torn state. The backup is one step older, which an update makes good.
 *
 * @returns what was done; null: the state is whole.
 */
export function restoreTornState(stack: string): string | null {
  const directory = localBackendDirectory();
  const file = directory && path.join(directory, "stacks", PROJECT, `${stack}.json`);
  if (!file || !existsSync(file) || isWhole(file)) return null;
  const backup = `${file}.bak`;
  if (!existsSync(backup) || !isWhole(backup)) {
    throw new Error(
      `${file}: is not whole, and neither is ${backup}; restore one of them from ${path.join(directory, "backups")}`,
    );
  }
  writeAtomically(file, readFileSync(backup), 0o600);
  return `${file}: was torn by the kill; put back from its backup`;
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
