import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { localFiles } from "../../host/localHost";
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
 * Makes a stack's state readable again when a kill has left half a file. The `file://` backend writes a state in place
 * and, beside every file, its attributes (`.attrs`: content type and checksum), without which it reads just as well.
 * A torn state is put back to its backup, one step older, which an update makes good.
 *
 * @returns what was done, a line each; nothing: all is whole.
 */
export async function repairStateFiles(stack: string): Promise<string[]> {
  const directory = localBackendDirectory();
  if (directory === null) return [];
  const file = path.join(directory, "stacks", PROJECT, `${stack}.json`);
  return [...removeTornAttributes(directory, stack), ...(await restoreTornState(directory, file))];
}

function removeTornAttributes(directory: string, stack: string): string[] {
  const states = listFiles(path.join(directory, "stacks", PROJECT)).filter((file) =>
    path.basename(file).startsWith(`${stack}.json.`),
  );
  const copies = ["history", "backups"].flatMap((kept) =>
    listFiles(path.join(directory, kept, PROJECT, stack)),
  );
  const torn = [...states, ...copies].filter((file) => file.endsWith(".attrs") && !isWhole(file));
  for (const file of torn) rmSync(file, { force: true });
  return torn.map((file) => `${file}: was torn by the kill; removed, it is not needed`);
}

async function restoreTornState(directory: string, file: string): Promise<string[]> {
  if (!existsSync(file) || isWhole(file)) return [];
  const backup = `${file}.bak`;
  if (!existsSync(backup) || !isWhole(backup)) {
    throw new Error(
      `${file}: is not whole, and neither is ${backup}; restore one of them from ${path.join(directory, "backups")}`,
    );
  }
  await localFiles.write(file, readFileSync(backup), { mode: 0o600 });
  return [`${file}: was torn by the kill; put back from its backup`];
}

function listFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => path.join(directory, name));
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
