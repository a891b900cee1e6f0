import * as pulumi from "@pulumi/pulumi";

import { ConfigError } from "./configError";
import { findForeignKeys, NAMESPACE } from "./project";
import { parseSettings, type RawSettings } from "./parseSettings";
import { valueAt } from "./plainObject";
import { readPolicyExceptions, type ReadExceptions } from "./policyExceptions";
import { readServicesFile } from "./readServicesFile";
import { findSecretsProviderProblems } from "./secretsProvider";
import type { Settings } from "./settings";
import { stackKind } from "./stackKind";

const DEFAULT_SERVICES_FILE = "services.yaml";
/** Keys whose value is text; the others hold objects. */
const TEXT_KEYS: readonly string[] = [
  "allowRejected",
  "directory",
  "host",
  "identityFile",
  "kind",
  "minimumSoak",
  "pinReason",
  "promoteFrom",
  "servicesFile",
  "settingsFrom",
];

/**
 * The running stack's settings: its `maestro:` configuration and services.yaml, checked.
 * What a user can mend is thrown as one `pulumi.RunError`, which Pulumi prints without a stack trace.
 */
export function readSettings(): Settings {
  try {
    return parseSettings(readRawSettings());
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

/** Everything {@link parseSettings} needs, from Pulumi and from the project's directory. */
export function readRawSettings(): RawSettings {
  const stack = pulumi.getStack();
  const config = readConfig();
  const servicesFile = config["servicesFile"] ?? DEFAULT_SERVICES_FILE;
  const services =
    typeof servicesFile === "string"
      ? readServicesFile(servicesFile)
      : { content: undefined, issues: [] };
  const policy = readExceptionsOf(config["policy"]);
  return {
    stack,
    project: pulumi.getProject(),
    root: process.cwd(),
    config,
    services: services.content,
    policyExceptions: policy.exceptions,
    readIssues: [
      ...findSecretsProviderProblems(stack, stackKind(stack, config["kind"])),
      ...findSecretKeys(),
      ...findForeignKeys(Object.keys(pulumi.runtime.allConfig()), pulumi.getProject()),
      ...services.issues,
      ...policy.issues,
    ],
  };
}

/** What the stack lets pass; a path that is none is refused by its own check. */
function readExceptionsOf(policy: unknown): ReadExceptions {
  const file = valueAt(policy, ["exceptions"]);
  return typeof file === "string" ? readPolicyExceptions(file) : { exceptions: [], issues: [] };
}

/** All `maestro:` keys, known or not; a value that is no JSON stays text, so that its check can say what it should be. */
function readConfig(): Record<string, unknown> {
  const config = new pulumi.Config(NAMESPACE);
  const names = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(`${NAMESPACE}:`))
    .map((key) => key.slice(NAMESPACE.length + 1));
  return Object.fromEntries(
    names.map((name) => [
      name,
      TEXT_KEYS.includes(name) ? config.get(name) : readObject(config, name),
    ]),
  );
}

function readObject(config: pulumi.Config, name: string): unknown {
  try {
    return config.getObject(name);
  } catch {
    // Pulumi makes empty text of a key with nothing behind it.
    return config.get(name) || null;
  }
}

/** Settings become labels, files and recorded releases: none of them may be secret. */
function findSecretKeys(): string[] {
  const keys = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
  return keys
    .filter((key) => key.startsWith(`${NAMESPACE}:`))
    .map(
      (key) =>
        `${key.slice(NAMESPACE.length + 1)}: holds a secret, but settings are recorded in plain text; name secrets under \`secrets\` of a service`,
    );
}
