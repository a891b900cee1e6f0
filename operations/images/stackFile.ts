import { isMap } from "yaml";
import { checkSchema } from "../../config/checkSchema";
import { projectName, readProjectConfig } from "../../config/project";
import { createRegistrySettings } from "../../config/registrySettings";
import { isPlainObject } from "../../config/plainObject";
import { registrySchema } from "../../config/schemas/registry";
import { signaturesSchema } from "../../config/schemas/signatures";
import { findNameProblem } from "../../config/serviceRules";
import type { RegistrySettings } from "../../config/settings";
import { createSignatureSettings } from "../../config/signatureSettings";
import { editYaml, readYaml } from "../../config/yamlFile";
import type { SignatureSettings } from "../../rules/gates/signatureRules";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Reads the registry that a stack file names, with defaults for what it leaves out. */
export function readRegistry(file: string): RegistrySettings {
  const config = readConfig(file);
  const given = config["maestro:registry"] ?? {};
  const locate = (path: readonly PropertyKey[]) => ["maestro:registry", ...path].join(".");
  const { value, issues } = checkSchema(
    registrySchema,
    typeof given === "object" ? { namespace: projectName(), ...given } : given,
    locate,
  );
  if (!value) throw new Error(issues.map((issue) => `${file}: ${issue}`).join("\n"));
  return createRegistrySettings(value, config["maestro:promoteFrom"] !== undefined);
}

/** Service -> digest, as a stack file names them; entries of another form are left out. */
export function readReleased(file: string): Readonly<Record<string, string>> {
  const content = readYaml(file).toJS() as { config?: Record<string, unknown> } | null;
  const release = content?.config?.["maestro:release"];
  if (!isPlainObject(release)) return {};
  const entries = Object.entries(release).filter(([, digest]) => DIGEST.test(String(digest)));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Who must have signed the images of a stack (`maestro:gates.signatures`); null: it does not say. */
export function readSignatures(file: string): SignatureSettings | null {
  const { signatures } = (readConfig(file)["maestro:gates"] ?? {}) as { signatures?: unknown };
  if (signatures === undefined) return null;
  const locate = (path: readonly PropertyKey[]) => ["maestro:gates.signatures", ...path].join(".");
  const { value, issues } = checkSchema(signaturesSchema, signatures, locate);
  if (!value) throw new Error(issues.map((issue) => `${file}: ${issue}`).join("\n"));
  return createSignatureSettings(value);
}

function readConfig(file: string): Record<string, unknown> {
  const content = readYaml(file).toJS() as { config?: object } | null;
  return { ...readProjectConfig(), ...content?.config };
}

/**
 * Makes sure that {@link writeRelease} will succeed, and that what it writes can be read again. Called before anything is
 * built: images that are pushed stay pushed.
 *
 * @throws Error naming what is wrong.
 */
export function requireWritable(file: string, services: readonly string[]): void {
  const document = readYaml(file);
  for (const key of [["config"], ["config", "maestro:release"]]) {
    if (document.hasIn(key) && document.getIn(key) != null && !isMap(document.getIn(key))) {
      throw new Error(`${file}: ${key.join(".")} must be a map of keys to values`);
    }
  }
  const wrong = services.filter((name) => findNameProblem(name) !== undefined);
  if (wrong.length > 0) {
    throw new Error(
      wrong.map((name) => `--source: ${findNameProblem(name)}; rename its directory`).join("\n"),
    );
  }
}

/**
 * Writes service -> digest into `maestro:release` of a stack file and drops `maestro:settingsFrom`: new images go with
 * today's settings. Everything else, comments included, stays. Says whether the file had to change.
 */
export function writeRelease(file: string, release: Readonly<Record<string, string>>): boolean {
  const path = ["config", "maestro:release"];
  return editYaml(file, (document) => {
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
  });
}
