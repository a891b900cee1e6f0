import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { projectName } from "../../config/project";
import { localFiles } from "../../host/localHost";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";

/** Directory of Pulumi's own files on a `file://` backend; null on any other one. */
export function localBackendDirectory(): string | null {
  const backend = pulumiEnvironment().PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file://")) return null;
  const url = backend.replace(/^file:\/\/~/, `file://${process.env["HOME"]}`);
  return path.join(fileURLToPath(url), ".pulumi");
}

/**
 * Makes a stack's state readable again when a kill has left half a file, or somebody has lost it. The `file://` backend
 * writes a state in place and, beside every file, its attributes (`.attrs`: content type and checksum), without which it
 * reads just as well. A torn or lost state is put back to its backup or to the last update's in the history, whichever is
 * younger; what is missing there an update makes good.
 *
 * @returns what was done, a line each; nothing: all is whole.
 */
export async function repairStateFiles(stack: string): Promise<string[]> {
  const directory = localBackendDirectory();
  if (directory === null) return [];
  const file = path.join(directory, "stacks", projectName(), `${stack}.json`);
  const history = listFiles(path.join(directory, "history", projectName(), stack)).filter((name) =>
    name.endsWith(".checkpoint.json"),
  );
  return [...removeTornAttributes(directory, stack), ...(await restoreState(file, history))];
}

function removeTornAttributes(directory: string, stack: string): string[] {
  const states = listFiles(path.join(directory, "stacks", projectName())).filter((file) =>
    path.basename(file).startsWith(`${stack}.json.`),
  );
  const copies = ["history", "backups"].flatMap((kept) =>
    listFiles(path.join(directory, kept, projectName(), stack)),
  );
  const torn = [...states, ...copies].filter((file) => file.endsWith(".attrs") && !isWhole(file));
  for (const file of torn) rmSync(file, { force: true });
  return torn.map((file) => `${file}: was torn by the kill; removed, it is not needed`);
}

/** @param history states as earlier updates have left them; `pulumi stack rm` removes them, a loss does not. */
async function restoreState(file: string, history: readonly string[]): Promise<string[]> {
  const isLost = !existsSync(file);
  if (isLost ? history.length === 0 : isWhole(file)) return [];
  const backup = [`${file}.bak`, ...history]
    .filter((name) => existsSync(name) && isWhole(name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
  const problem = isLost ? "was lost" : "was torn by the kill";
  if (backup === undefined) {
    throw new Error(
      `${file}: ${problem}, and neither its backup nor the history is whole; restore one of them`,
    );
  }
  await localFiles.write(file, readFileSync(backup), { mode: 0o600 });
  return [`${file}: ${problem}; put back from ${path.basename(backup)}`];
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
