import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { instanceRoot, readProjectConfig, settingsOf, stackFilePath } from "../../config/project";
import { readYaml } from "../../config/yamlFile";
import type { Host } from "../../host/host";
import { RecordFiles } from "../../host/recordFiles";
import { tarOf, type TarEntry } from "../../host/tar";

/** Where records are, below the stack's directory; `""`: those without a folder. */
const RECORD_FOLDERS = ["", "releases", "rejected", "apis", "traffic", "notices", "events"];
const MODE = 0o600;

/**
 * A stack's configuration, the host's records and its state as one tar: `configuration/`, `records/`, `state.json`.
 *
 * @param directory the stack's, on the host.
 * @param state Pulumi's, as `pulumi stack export` prints it; null: left out, as in the middle of an update.
 */
export async function stackFilesOf(
  host: Host,
  stack: string,
  directory: string,
  state: string | null,
): Promise<Buffer> {
  const entries: TarEntry[] = configurationFiles(stack).map((file) =>
    entry(`configuration/${path.basename(file)}`, readFileSync(file)),
  );
  const records = new RecordFiles(host.files, path.posix.join(directory, "records"));
  const listed = await Promise.all(RECORD_FOLDERS.map((folder) => records.list(folder)));
  // One after the other: a long history has more documents than a process may open files.
  for (const key of listed.flat().sort()) {
    const value = await records.read(key);
    if (value !== null) entries.push(entry(`records/${key}.json`, JSON.stringify(value) + "\n"));
  }
  if (state !== null) entries.push(entry("state.json", state));
  return tarOf(entries);
}

/** Those that are there: the project's, the stack's, its encrypted secrets and its services. */
function configurationFiles(stack: string): string[] {
  const root = instanceRoot();
  const stackFile = stackFilePath(stack);
  const { config } = (readYaml(stackFile).toJS() ?? {}) as { config?: object };
  const { servicesFile } = settingsOf({ ...readProjectConfig(), ...config });
  const services = typeof servicesFile === "string" ? servicesFile : "services.yaml";
  return [
    path.join(root, "Pulumi.yaml"),
    stackFile,
    stackFile.replace(/\.yaml$/, ".secrets.yaml"),
    path.resolve(root, services),
  ].filter((file) => existsSync(file));
}

function entry(name: string, content: Buffer | string): TarEntry {
  return { name, mode: MODE, uid: 0, gid: 0, content: Buffer.from(content) };
}
