import { authorityUrl } from "../rules/acme/acmeSettings";
import type { GateSettings } from "../rules/gates/gateSettings";
import { defaultPolicyLevel, type StackKind } from "./stackKind";
import type { HealthGateSettings } from "../rules/health/healthGate";
import type { PromQuery } from "../rules/health/promQuery";
import type { PolicyException } from "../rules/policyRules";
import type { WatchInput } from "../rules/health/watchInput";
import { createIdentitySettings } from "./identitySettings";
import { createRegistrySettings } from "./registrySettings";
import { createSignatureSettings } from "./signatureSettings";
import type { CanaryStep } from "../release/canary";
import type { EdgeShares } from "../rules/edge/nginxShares";
import { canarySchema } from "./schemas/canary";
import { createBackups } from "./schemas/backups";
import { createDependencies } from "./schemas/dependencies";
import { createChannels } from "./schemas/notices";
import { createService } from "./createService";
import type { ParsedService } from "./schemas/service";
import { createStateful, type CheckedStateful } from "./statefulRules";
import type { ParsedStack } from "./schemas/stack";
import type { PruneSettings, RegistrySettings, Settings, TlsSettings } from "./settings";

const DEFAULT_STEPS: readonly CanaryStep[] = [
  { percent: 10, watchSeconds: 120 },
  { percent: 25, watchSeconds: 120 },
  { percent: 50, watchSeconds: 120 },
  { percent: 100, watchSeconds: 60 },
];

/** A service of services.yaml as parsed; undefined: it has mistakes. */
interface NamedService {
  readonly name: string;
  readonly value: ParsedService | undefined;
}

/** What is left out stays out: the step's input is in the state. */
function createRollout(given: ParsedStack["rollout"], stack: string): Settings["rollout"] {
  const { keepPrevious, drainSeconds, watch, strategy } = given;
  const canary = canaryOf(given);
  const bakeSeconds = canary ? canary.steps.at(-1)!.watchSeconds : given.bakeSeconds;
  return {
    ...{ keepPrevious, drainSeconds, bakeSeconds },
    ...(watch && { watch: createWatch(watch, stack) }),
    ...(canary && { canary: { steps: canary.steps, mode: canary.mode } }),
    ...(strategy === "rolling" && { rolling: true as const }),
  };
}

function createWatch(
  given: NonNullable<ParsedStack["rollout"]["watch"]>,
  stack: string,
): WatchInput {
  const { onInconclusive, holdBackPercent, prometheus, services = {}, ...all } = given;
  return {
    ...(onInconclusive && { onInconclusive }),
    ...(holdBackPercent && { holdBackPercent }),
    ...(prometheus && { prometheus: { url: prometheus, stack } }),
    all,
    services,
  } as WatchInput;
}

/** Null: a release gets all clients at once. */
function canaryOf({ strategy, canary }: ParsedStack["rollout"]) {
  if (strategy !== "canary") return null;
  const { steps = DEFAULT_STEPS, ...others } = canary ?? canarySchema.parse({});
  return { steps, ...others };
}

/** With acme no file is given, see `findTlsProblems`. */
function createTls(given: ParsedStack["edge"]["tls"]): TlsSettings | null {
  if (given === null) return null;
  const { listen, redirect, certificateFile = "", keyFile = "", acme } = given;
  return {
    ...{ listen, redirect },
    files: acme ? null : { certificateFile, keyFile },
    acme: acme
      ? {
          names: [...acme.names].sort(),
          authority: authorityUrl(acme.authority),
          email: acme.email,
          challenge: acme.challenge,
          hook: acme.hook,
          renewDays: acme.renewDays,
          profile: acme.profile,
        }
      : null,
  };
}

/** How the edge tells a share of the clients, or services that move alone; absent where all get the same. */
function sharesOf(rollout: ParsedStack["rollout"]): { shares?: EdgeShares; rolling?: true } {
  if (rollout.strategy === "rolling") return { rolling: true };
  const canary = canaryOf(rollout);
  const isHeldBack = (rollout.watch?.holdBackPercent ?? 0) > 0;
  if (!canary && !isHeldBack) return {};
  const { stickyBy = "address", override = null } = canary ?? {};
  return { shares: { stickyBy, override } };
}

/** What a set must show before users get it; null: no more than its health checks ask. */
function createHealthGate(
  { stabilizeSeconds, checks, shadow, queries = [] }: ParsedStack["rollout"],
  enabled: readonly { readonly name: string; readonly value: ParsedService }[],
): Settings["healthGate"] {
  const services = Object.fromEntries(
    enabled.flatMap(({ name, value: { healthGate } }) => (healthGate ? [[name, healthGate]] : [])),
  ) as HealthGateSettings["services"];
  const isNothing =
    stabilizeSeconds === 0 &&
    [checks, queries, Object.keys(services)].every(({ length }) => length === 0) &&
    !shadow;
  return isNothing
    ? null
    : {
        ...{ stabilizeSeconds, services, modules: checks },
        ...(queries.length > 0 && { queries: queries as readonly PromQuery[] }),
        ...(shadow && { shadow }),
      };
}

/** What settings need beside what was parsed. */
interface GivenBeside {
  readonly stack: string;
  readonly policyExceptions?: readonly PolicyException[];
}

/** The settings of a configuration without mistakes. */
export function createSettings(
  stack: ParsedStack,
  services: readonly NamedService[],
  stateful: readonly CheckedStateful[],
  { stack: stackName, policyExceptions = [] }: GivenBeside,
): Settings {
  const registry = createRegistrySettings(stack.registry, stack.promoteFrom !== null);
  const { release = {} } = stack;
  const enabled = services.flatMap(({ name, value }) =>
    value?.enabled === true ? [{ name, value }] : [],
  );
  // A set is placed after those that are stateful, so nothing in it waits for them.
  const disabled = new Set([...services, ...stateful].map(({ name }) => name));
  enabled.forEach(({ name }) => disabled.delete(name));
  return {
    kind: stack.kind,
    registry,
    packages: stack.packages ?? null,
    host: stack.host && {
      ...stack.host,
      keys: stack.hostKey,
      identityFile: stack.identityFile,
    },
    postgres: stack.postgres ?? null,
    migrations: stack.migrations,
    backups: stack.backups && createBackups(stack.backups),
    directory: stack.directory,
    secrets: stack.secrets,
    identity: stack.identity && createIdentitySettings(stack.identity, stackName),
    subnet: stack.network.subnet,
    edge: { ...stack.edge, tls: createTls(stack.edge.tls), ...sharesOf(stack.rollout) },
    rollout: createRollout(stack.rollout, stackName),
    services: Object.fromEntries(
      enabled.map(({ name, value }) => [
        name,
        createService(name, value, {
          repository: `${registry.endpoint}/${registry.namespace}/${name}`,
          drainSeconds: stack.rollout.drainSeconds,
          disabled,
          tracedAs: stack.observability?.jaeger ? stackName : null,
        }),
      ]),
    ),
    stateful: createStateful(stateful),
    promotion:
      stack.promoteFrom === null
        ? null
        : {
            from: stack.promoteFrom,
            minimumSoakSeconds: stack.minimumSoak,
            ...stack.gates?.promotion,
          },
    pinReason: stack.pinReason,
    // A release rolled back to is whole, whatever is left out today.
    release:
      stack.settingsFrom === null
        ? Object.fromEntries(Object.entries(release).filter(([name]) => !disabled.has(name)))
        : release,
    settingsFrom: stack.settingsFrom,
    allowRejected: stack.allowRejected,
    healthGate: createHealthGate(stack.rollout, enabled),
    dependencies: Object.fromEntries(
      enabled.flatMap(({ name, value: { dependencies } }) =>
        dependencies === undefined ? [] : [[name, createDependencies(dependencies)]],
      ),
    ),
    slos: Object.fromEntries(enabled.map(({ name, value: { slo } }) => [name, slo])),
    notices:
      stack.notices === null
        ? null
        : createChannels(stack.notices, {
            prunes: stack.prune?.after === "release",
            renews: stack.edge.tls?.acme !== undefined,
            backsUp: stack.backups !== null,
          }),
    observability: stack.observability,
    gates: stack.gates && gatesToAsk(stack.gates, stack.kind, registry),
    override: stack.override,
    prune: stack.prune && createPruneSettings(stack.prune),
    doctor: stack.doctor,
    policy: stack.policy && {
      level: stack.policy.level ?? defaultPolicyLevel(stack.kind),
      file: stack.policy.exceptions,
      exceptions: policyExceptions,
    },
  };
}

function createPruneSettings({
  after,
  keep,
  minimumAge,
  registryStacks,
}: NonNullable<ParsedStack["prune"]>): PruneSettings {
  return {
    ...{ keep, minimumAgeSeconds: minimumAge, afterRelease: after === "release" },
    registryStacks: registryStacks ?? null,
  };
}

/** Where a release comes from is asked before there is one to ask the others about. */
function gatesToAsk(
  { scans, signatures, sboms, ...gates }: NonNullable<ParsedStack["gates"]>,
  kind: StackKind,
  { kind: registryKind, address, endpoint }: RegistrySettings,
): GateSettings {
  // What nobody has scanned or listed must not be where users rely on it.
  const onMissing: "refuse" | "pass" = kind === "production" ? "refuse" : "pass";
  const asksEcr = registryKind === "ecr" && (signatures || scans?.source === "ecr");
  const asked = {
    ...gates,
    ...(scans && { scans: { onMissing, ...scans } }),
    ...(sboms && { sboms: { onMissing, ...sboms } }),
    ...(signatures && { signatures: createSignatureSettings(signatures) }),
    ...(asksEcr && { registry: { address, endpoint } }),
  };
  delete asked.promotion;
  return asked;
}
