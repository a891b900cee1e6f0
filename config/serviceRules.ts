import { describeIssue, formatPath, place, quote, type Locate, type Partly } from "./checkSchema";
import { findDependencyProblems } from "./dependencyRules";
import { suggestName } from "./nearestName";
import { secretsOf, type Dependency } from "../rules/health/dependency";
import { secretName, SECRETS_MOUNT } from "../rules/serviceSecrets";
import { SERVICE_NAME, type ParsedService } from "./schemas/service";
import { findSiteProblems } from "./siteService";
import { SECRET_NAME } from "./schemas/secrets";
import type { ParsedStack } from "./schemas/stack";

/** A service on its way through the checks. */
export interface CheckedService {
  readonly name: string;
  readonly known: Partly<ParsedService>;
  readonly locate: Locate;
}

/**
 * What must hold within a service, between services, and between services and the stack.
 *
 * @param stateful names of stateful services, which others may depend on.
 */
export function checkServiceRules(
  services: readonly CheckedService[],
  stack: Partly<ParsedStack>,
  stateful: readonly string[] = [],
): string[] {
  const enabled = services.filter(({ known }) => known.enabled !== false);
  return [
    ...enabled.flatMap((service) => checkService(service, stack.rollout?.drainSeconds)),
    ...findRouteClashes(enabled),
    ...findDependencyIssues(services, stateful),
    ...findShortDrain(enabled, stack),
    ...findStrangersOfBackups(services, stack),
    ...findUnknownSecrets(enabled, stack),
  ];
}

/** A database's commands run beside a service. */
function findStrangersOfBackups(
  services: readonly CheckedService[],
  { backups }: Partly<ParsedStack>,
): string[] {
  const names = new Set(services.map(({ name }) => name));
  return Object.entries(backups?.databases ?? {}).flatMap(([database, given]) => {
    const service = given?.service;
    if (service === undefined || names.has(service)) return [];
    const message = `is not a service of services.yaml, got ${quote(service)}; ${suggestName(service, names)}`;
    return [place(["backups", "databases", database, "service"], message, formatPath)];
  });
}

/** What must hold between the services and `maestro:release`. */
export function checkReleaseRules(
  services: readonly CheckedService[],
  release: Readonly<Record<string, unknown>>,
  stackName: string,
  stateful: readonly string[] = [],
): string[] {
  const names = new Set(services.map(({ name }) => name));
  const at = (name: string, message: string) => place(["release", name], message, formatPath);
  const strangers = Object.keys(release).filter(
    (name) => !names.has(name) && !stateful.includes(name),
  );
  const missing = services.filter(
    ({ name, known }) => known.enabled !== false && !Object.hasOwn(release, name),
  );
  return [
    ...stateful
      .filter((name) => Object.hasOwn(release, name))
      .map((name) => at(name, "is stateful and no part of a release; remove it here")),
    ...strangers.map((name) =>
      at(name, `is not a service of services.yaml; ${suggestName(name, names)}`),
    ),
    ...missing.map(({ name, known: { repository } }) => {
      const first =
        repository === undefined
          ? "run `npm run images`"
          : `write the digest of its image in ${repository} by hand, \`npm run images\` builds none for a service with a \`repository\``;
      return at(
        name,
        `is required; ${first}, or leave the service out with services.${name}.enabled: false in Pulumi.${stackName}.yaml`,
      );
    }),
  ];
}

/** What is wrong with a service's name, or undefined. */
export function findNameProblem(name: string): string | undefined {
  if (!SERVICE_NAME.test(name)) {
    return `services: name ${quote(name)} must match [a-z][a-z0-9-]{0,39}; it becomes part of container names`;
  }
  // Looked up by name, it would seem to exist in every JavaScript object.
  return name === "constructor"
    ? `services: name "${name}" is reserved; choose another`
    : undefined;
}

function checkService({ known, locate }: CheckedService, drainSeconds?: number): string[] {
  const issues = [...findSiteProblems(known, locate), ...findMissingSecrets(known, locate)];
  const { health, stopGraceSeconds: grace } = known;
  if (grace !== undefined && drainSeconds !== undefined && grace < drainSeconds) {
    const message = `must be at least rollout.drainSeconds (${drainSeconds}); requests would be cut`;
    issues.push(describeIssue(["stopGraceSeconds"], message, grace, locate));
  }
  const { passes, intervalMilliseconds: interval, deadlineSeconds: deadline } = health ?? {};
  if (passes !== undefined && interval !== undefined && deadline !== undefined) {
    if (passes * interval > deadline * 1000) {
      const message = `cannot fit ${passes} passes every ${interval} ms; allow at least ${Math.ceil((passes * interval) / 1000)}`;
      issues.push(describeIssue(["health", "deadlineSeconds"], message, deadline, locate));
    }
  }
  const env = known.env ?? {};
  for (const secret of (known.secrets ?? []).map(secretName)) {
    if (Object.hasOwn(env, secret)) {
      issues.push(place(["env", secret], "is also in secrets; keep one", locate));
    }
    if (Object.hasOwn(env, `${secret}_FILE`)) {
      const message = `is set by secrets, to ${SECRETS_MOUNT}/${secret}; remove it here`;
      issues.push(place(["env", `${secret}_FILE`], message, locate));
    }
  }
  return issues;
}

/** What a service uses is asked with what the service has. */
function findMissingSecrets(known: CheckedService["known"], locate: Locate): string[] {
  const secrets = (known.secrets ?? []).map(secretName);
  return Object.entries(known.dependencies ?? {}).flatMap(([name, dependency]) =>
    secretsOf((dependency ?? {}) as Dependency)
      // What is no name at all is said by its field.
      .filter((secret) => SECRET_NAME.test(secret) && !secrets.includes(secret))
      .map((secret) => {
        const message = `names the secret ${quote(secret)}, which the service does not have; add it to secrets`;
        return place(["dependencies", name], message, locate);
      }),
  );
}

/** An end that is written of a secret which no service has would be told of nothing. */
function findUnknownSecrets(
  services: readonly CheckedService[],
  { observability }: Partly<ParsedStack>,
): string[] {
  return services.flatMap(({ name, known }) => {
    const secrets = (known.secrets ?? []).map(secretName);
    return Object.keys(observability?.secretsEnd?.[name] ?? {})
      .filter((secret) => !secrets.includes(secret))
      .map((secret) => {
        const message = `is no secret of ${name}; ${suggestName(secret, new Set(secrets))}`;
        return place(["observability", "secretsEnd", name, secret], message, formatPath);
      });
  });
}

function findRouteClashes(services: readonly CheckedService[]): string[] {
  const owners = new Map<string, string>();
  return services.flatMap(({ name, known: { route }, locate }) => {
    if (route === undefined || route.host === undefined) {
      return [];
    }
    const path = route.path ?? `/${name}/`;
    const target = `${route.host ?? ""}${path}`;
    const owner = owners.get(target);
    if (owner === undefined) {
      owners.set(target, name);
      return [];
    }
    const message = `is already routed to ${owner}, got ${quote(target)}; choose another path or host`;
    return [place(["route", "path"], message, locate)];
  });
}

function findDependencyIssues(
  services: readonly CheckedService[],
  stateful: readonly string[],
): string[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const dependencies = new Map<string, readonly string[]>([
    ...services.map(({ name, known }) => [name, known.dependsOn ?? []] as const),
    ...stateful.map((name) => [name, []] as const),
  ]);
  return findDependencyProblems(dependencies).flatMap(({ service, message }) => {
    const locate = byName.get(service)?.locate;
    return locate === undefined ? [] : [place(["dependsOn"], message, locate)];
  });
}

/** A warm set finishes its requests in its own time; one that is stopped cuts them when the drain is over. */
function findShortDrain(services: readonly CheckedService[], stack: Partly<ParsedStack>): string[] {
  const { keepPrevious, drainSeconds } = stack.rollout ?? {};
  if (drainSeconds === undefined || keepPrevious === undefined || keepPrevious === "warm") {
    return [];
  }
  const timeout = ({ known }: CheckedService) => known.route?.readTimeoutSeconds ?? 0;
  const slowest = [...services].sort((a, b) => timeout(b) - timeout(a))[0];
  if (slowest === undefined || timeout(slowest) <= drainSeconds) {
    return [];
  }
  const limit = slowest.locate(["route", "readTimeoutSeconds"]);
  const way = stack.rollout?.strategy === "rolling" ? "" : " or keep the previous set warm";
  const message = `is shorter than ${limit} (${timeout(slowest)}) while keepPrevious is "${keepPrevious}", got ${drainSeconds}; requests would be cut: raise it${way}`;
  return [place(["rollout", "drainSeconds"], message, formatPath)];
}
