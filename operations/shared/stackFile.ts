import { existsSync } from "node:fs";
import path from "node:path";
import { isMap } from "yaml";
import { ConfigError } from "../../config/configError";
import {
  findForeignKeys,
  instanceRoot,
  NAMESPACE,
  projectName,
  readProjectConfig,
  settingsOf,
  stackFilePath,
} from "../../config/project";
import { mergeService } from "../../config/mergeServices";
import { parseSettings } from "../../config/parseSettings";
import { valueAt } from "../../config/plainObject";
import { readServicesFile } from "../../config/readServicesFile";
import type { Settings } from "../../config/settings";
import { defaultDirectory, stackKind } from "../../config/stackKind";
import { isStateful } from "../../config/statefulRules";
import { editYaml, readYaml } from "../../config/yamlFile";

/** The stack that commands mean when they are told none. */
export const DEFAULT_STACK = "development";

/** The stack's `maestro:` keys without that prefix. */
export function readStackConfig(stack: string): Record<string, unknown> {
  return settingsOf(readAllKeys(stack));
}

/** As Pulumi merges them: what the stack says replaces the whole key of Pulumi.yaml. */
function readAllKeys(stack: string): Record<string, unknown> {
  const content = readYaml(requireStackFile(stack)).toJS() as { config?: object } | null;
  return { ...readProjectConfig(), ...content?.config };
}

/**
 * Changes keys of a stack's configuration file in place: comments and everything else stay. A path of more than one
 * part reaches into an object; undefined removes.
 *
 * @example
 * writeStackConfig("development", [[["release"], digests], [["settingsFrom"], undefined]]);
 */
export function writeStackConfig(
  stack: string,
  changes: readonly (readonly [path: readonly string[], value: unknown])[],
): void {
  editYaml(requireStackFile(stack), (document) => {
    for (const [[key = "", ...rest], value] of changes) {
      const full = ["config", `${NAMESPACE}:${key}`, ...rest];
      if (value !== undefined) document.setIn(full, document.createNode(value));
      else if (document.hasIn(full)) {
        document.deleteIn(full);
        // What was written for this one value goes with it.
        const parent = full.slice(0, -1);
        const left = document.getIn(parent);
        if (rest.length > 0 && isMap(left) && left.items.length === 0) document.deleteIn(parent);
      }
    }
  });
}

/** Drops the key of secrets that a removed state's passphrase had left in the stack's file. */
export function forgetEncryption(stack: string): void {
  editYaml(requireStackFile(stack), (document) => document.delete("encryptionsalt"));
}

/** The stack's directory on the host, also where its configuration is not complete yet. */
export function readStackDirectory(stack: string): string {
  const { directory, kind } = readStackConfig(stack);
  const isLocal = stackKind(stack, kind) === "local";
  const named =
    typeof directory === "string" ? directory : defaultDirectory(projectName(), stack, isLocal);
  return path.resolve(instanceRoot(), named);
}

/** A stack's settings as its next update will see them. */
export function readStackSettings(stack: string): Settings {
  return parseStack(stack, readStackConfig(stack));
}

/** A stack's settings where no image has been built yet: what only a release needs stands for something that is to come. */
export function readUnreleasedSettings(stack: string): Settings {
  const config = readStackConfig(stack);
  const digest = `sha256:${"0".repeat(64)}`;
  const edge = { image: `localhost/nginx@${digest}`, ...(config["edge"] as object | undefined) };
  const postgres = config["postgres"] && { image: edge.image, ...config["postgres"] };
  const { services } = readServicesFile(servicesFileOf(config)).content as { services?: object };
  const inSets = Object.entries(services ?? {}).filter(([name, declared]) => {
    const override = valueAt(config["services"], [name]);
    return !isStateful(mergeService({ defaults: undefined, declared, override }));
  });
  const release = Object.fromEntries(inSets.map(([name]) => [name, digest]));
  // Where the real release would come from does not matter either.
  const source = { settingsFrom: null, promoteFrom: null, minimumSoak: null, pinReason: null };
  return parseStack(stack, { ...config, edge, postgres, release, ...source });
}

function servicesFileOf(config: Readonly<Record<string, unknown>>): string {
  const file = config["servicesFile"];
  return path.resolve(instanceRoot(), typeof file === "string" ? file : "services.yaml");
}

function parseStack(stack: string, config: Record<string, unknown>): Settings {
  const root = instanceRoot();
  const project = projectName();
  const services = readServicesFile(servicesFileOf(config));
  const foreign = findForeignKeys(Object.keys(readAllKeys(stack)), project);
  try {
    return parseSettings({
      stack,
      project,
      root,
      config,
      services: services.content,
      readIssues: [...foreign, ...services.issues],
    });
  } catch (error) {
    throw error instanceof ConfigError ? new Error(error.message) : error;
  }
}

function requireStackFile(stack: string): string {
  const file = stackFilePath(stack);
  if (existsSync(file)) return file;
  throw new Error(`${file}: no such file; is "${stack}" a stack of this project?`);
}
