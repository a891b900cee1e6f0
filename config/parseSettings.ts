import { resolve } from "node:path";

import type { PolicyException } from "../rules/policyRules";
import { checkSchema, formatPath, place, type Locate } from "./checkSchema";
import { ConfigError } from "./configError";
import { createSettings } from "./createSettings";
import { locateService, mergeService } from "./mergeServices";
import { suggestName } from "./nearestName";
import { isPlainObject, valueAt } from "./plainObject";
import {
  defaultBakeSeconds,
  defaultStabilizeSeconds,
  defaultDirectory,
  defaultSecretsDirectory,
  stackKind,
} from "./stackKind";
import { serviceSchema, type ParsedService } from "./schemas/service";
import { statefulSchema } from "./schemas/stateful";
import { servicesFileSchema } from "./schemas/servicesFile";
import { stackSchema } from "./schemas/stack";
import {
  checkReleaseRules,
  checkServiceRules,
  findNameProblem,
  type CheckedService,
} from "./serviceRules";
import type { Settings } from "./settings";
import { checkStackRules } from "./stackRules";
import { checkStatefulRules, isStateful, type CheckedStateful } from "./statefulRules";

/** The configuration as read, unchecked. */
export interface RawSettings {
  readonly stack: string;
  readonly project: string;
  /** Directory of the project, absolute. */
  readonly root: string;
  /** The stack's `maestro:` keys without that prefix, objects as objects. */
  readonly config: unknown;
  /** Content of services.yaml; undefined if it could not be read, then `readIssues` says why. */
  readonly services: unknown;
  /** Content of the file that `maestro:policy.exceptions` names; left out: it names none. */
  readonly policyExceptions?: readonly PolicyException[];
  /** What went wrong while reading: reported together with what is wrong in the content. */
  readonly readIssues?: readonly string[];
}

interface ServiceCheck extends CheckedService {
  readonly value: ParsedService | undefined;
}

/** Checks the whole configuration and fills in the defaults; throws one {@link ConfigError} with everything that is wrong. */
export function parseSettings(raw: RawSettings): Settings {
  const config = withStackDefaults(raw);
  const stack = checkSchema(stackSchema, config, locateInStack(raw.stack));
  const given = new Set([
    ...keysAt(config),
    ...keysAt(config, "edge", "tls").map((key) => `edge.tls.${key}`),
  ]);
  const services = checkServices(raw, stack.known.services ?? {});
  const release = stack.known.release ?? {};
  // A release rolled back to brings its own settings: it may have other services than today's services.yaml.
  const releaseIsToday = stack.known.settingsFrom === null && Object.keys(release).length > 0;
  const issues = [
    ...(raw.readIssues ?? []),
    ...stack.issues,
    ...checkStackRules(stack.known, given),
    ...services.issues,
    ...checkServiceRules(services.checked, stack.known, namesOf(services.stateful)),
    ...checkStatefulRules(services.stateful),
    ...(releaseIsToday && services.areComplete
      ? checkReleaseRules(services.checked, release, raw.stack, namesOf(services.stateful))
      : []),
  ];
  if (issues.length > 0 || stack.value === undefined) {
    // Two services can share a mistake made in `defaults`.
    throw new ConfigError(raw.stack, [...new Set(issues)]);
  }
  return createSettings(stack.value, services.checked, services.stateful, raw);
}

function namesOf(services: readonly { readonly name: string }[]): string[] {
  return services.map(({ name }) => name);
}

/** A local stack on this machine has a default for everything; elsewhere the user says which registry. */
function withStackDefaults({ stack, project, root, config }: RawSettings): unknown {
  if (!isPlainObject(config ?? {})) {
    return config;
  }
  // A key with nothing behind it, or only comments, is a key left out.
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(config ?? {}).filter(([, value]) => value !== null),
  );
  const kind = stackKind(stack, given["kind"]);
  const isLocal = kind === "local" && given["host"] === undefined;
  const directory = valueAt(given, ["directory"]) ?? defaultDirectory(project, stack, isLocal);
  const registry = given["registry"] ?? (isLocal ? {} : undefined);
  const secrets = given["secrets"] ?? {};
  const rollout = given["rollout"] ?? {};
  const isRegistryOnly = given["release"] === undefined && given["promoteFrom"] === undefined;
  return {
    kind,
    ...given,
    secrets: isPlainObject(secrets)
      ? { directory: defaultSecretsDirectory(kind), ...secrets }
      : secrets,
    ...(isLocal ? { packages: given["packages"] ?? {} } : {}),
    ...(isRegistryOnly && valueAt(registry, ["kind"]) === "ecr" ? edgeToCome(given["edge"]) : {}),
    registry: isPlainObject(registry) ? { namespace: project, ...registry } : registry,
    rollout: isPlainObject(rollout)
      ? {
          bakeSeconds: defaultBakeSeconds(kind),
          stabilizeSeconds: defaultStabilizeSeconds(kind),
          ...(rollout["strategy"] === "rolling" ? { keepPrevious: "stopped" } : {}),
          ...rollout,
        }
      : rollout,
    directory: isLocal && typeof directory === "string" ? resolve(root, directory) : directory,
  };
}

function keysAt(config: unknown, ...path: readonly string[]): string[] {
  const value = valueAt(config, path);
  return isPlainObject(value) ? Object.keys(value) : [];
}

/** Before the first images there is no edge either, so its image need not be named yet; it is never made. */
function edgeToCome(edge: unknown): { edge?: unknown } {
  const image = `registry.invalid/nginx@sha256:${"0".repeat(64)}`;
  return isPlainObject(edge ?? {}) ? { edge: { image, ...(edge ?? {}) } } : {};
}

function locateInStack(stack: string): Locate {
  return (path) => {
    const here = path.length === 0 ? "configuration" : formatPath(path);
    return path[0] === "services" ? `${here} (in Pulumi.${stack}.yaml)` : here;
  };
}

interface ServicesCheck {
  readonly checked: readonly ServiceCheck[];
  readonly stateful: readonly CheckedStateful[];
  /** Whether every service of the file is in one of both. */
  readonly areComplete: boolean;
  readonly issues: readonly string[];
}

function checkServices(
  raw: RawSettings,
  overrides: Readonly<Record<string, unknown>>,
): ServicesCheck {
  if (raw.services === undefined) {
    return { checked: [], stateful: [], areComplete: false, issues: [] };
  }
  const file = checkSchema(servicesFileSchema, raw.services ?? { services: {} }, (path) =>
    path.length === 0 ? "services.yaml" : formatPath(path),
  );
  const { defaults = {}, services = {} } = file.known;
  const names = Object.keys(services);
  const issues = [...file.issues];
  const stateful: CheckedStateful[] = [];
  const checked = names.flatMap((name) => {
    const problem = findNameProblem(name);
    if (problem !== undefined) {
      issues.push(problem);
      return [];
    }
    const sources = { defaults, declared: services[name], override: valueAt(overrides, [name]) };
    const locate = locateService(name, sources, raw.stack);
    const merged = mergeService(sources);
    if (isStateful(merged)) {
      const check = checkSchema(statefulSchema, merged, locate);
      issues.push(...check.issues);
      stateful.push({ name, locate, known: check.known, value: check.value });
      return [];
    }
    const check = checkSchema(serviceSchema, merged, locate);
    issues.push(...check.issues);
    return [{ name, locate, known: check.known, value: check.value }];
  });
  const areComplete = file.value !== undefined && checked.length + stateful.length === names.length;
  if (areComplete) {
    issues.push(
      ...findStrays(names, overrides, ["services"], locateInStack(raw.stack)),
      ...PATHS_OF_SERVICES.flatMap((at) =>
        findStrays(namesOf(checked), mapAt(raw, at), at, formatPath),
      ),
    );
  }
  return { checked, stateful, areComplete, issues };
}

/** Where a stack's configuration says something of single services, beside `services`. */
const PATHS_OF_SERVICES = [
  ["rollout", "watch", "services"],
  ["observability", "scrape"],
  ["observability", "secretsEnd"],
];

function mapAt({ config }: RawSettings, at: readonly string[]): Readonly<Record<string, unknown>> {
  const services = valueAt(config, at);
  return isPlainObject(services) ? services : {};
}

function findStrays(
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
  at: readonly string[],
  locate: Locate,
): string[] {
  const known = new Set(names);
  return Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => {
      const message = `is not a service of services.yaml; ${suggestName(name, names)}`;
      return place([...at, name], message, locate);
    });
}
