import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { isMap, parseDocument, type Document } from "yaml";
import { z } from "zod";
import type { RegistrySettings } from "../../config/settings";

const DEFAULT_REGISTRY: RegistrySettings = {
  kind: "local",
  address: "localhost:5000",
  namespace: "maestro",
};

const registrySchema = z
  .object({
    kind: z.enum(["local", "ecr"]),
    address: z.string(),
    namespace: z.string(),
  })
  .partial();

/** Reads the registry that a stack file names, with defaults for what it leaves out. */
export function readRegistry(file: string): RegistrySettings {
  const document = readStackFile(file);
  const config = document.toJS() as { config?: Record<string, unknown> } | null;
  const result = registrySchema.safeParse(config?.config?.["maestro:registry"] ?? {});
  if (!result.success) {
    throw new Error(`${file}: maestro:registry is not valid\n${z.prettifyError(result.error)}`);
  }
  const given = Object.entries(result.data).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_REGISTRY, ...Object.fromEntries(given) };
}

/**
 * Writes service -> digest into `maestro:release` of a stack file and drops `maestro:settingsFrom`: new images go with
 * today's settings. Everything else, comments included, stays. Says whether the file had to change.
 */
export function writeRelease(file: string, release: Readonly<Record<string, string>>): boolean {
  const document = readStackFile(file);
  const before = document.toString(FORMAT);
  const path = ["config", "maestro:release"];
  for (const key of [["config"], path]) {
    if (!isMap(document.getIn(key))) {
      if (document.getIn(key) != null) {
        throw new Error(`${file}: ${key.join(".")} must be a map of keys to values`);
      }
      document.setIn(key, document.createNode({}));
    }
  }
  for (const [service, digest] of Object.entries(release)) {
    // Setting an equal value would drop the comment behind it.
    if (document.getIn([...path, service]) !== digest) document.setIn([...path, service], digest);
  }
  document.deleteIn(["config", "maestro:settingsFrom"]);
  const after = document.toString(FORMAT);
  if (after === before) return false;
  writeAtomically(file, after);
  return true;
}

const FORMAT = { lineWidth: 0 };

function readStackFile(file: string): Document {
  const document = parseDocument(existsSync(file) ? readFileSync(file, "utf8") : "");
  const [error] = document.errors;
  if (error) throw new Error(`${file}: ${error.message}`);
  return document;
}

/** A reader sees the old file or the new one, never half of it. */
function writeAtomically(file: string, text: string): void {
  const partial = `${file}.${process.pid}`;
  const mode = existsSync(file) ? statSync(file).mode : 0o644;
  writeFileSync(partial, text, { mode });
  renameSync(partial, file);
}
