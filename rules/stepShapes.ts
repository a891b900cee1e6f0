import type { CanarySettings, CanaryStep } from "../release/canary";
import type { ReleaseRecord, ServiceRelease } from "../release/release";
import {
  flag,
  list,
  map,
  nullable,
  object,
  oneOf,
  optional,
  text,
  whole,
  type Check,
  type Fields,
} from "./shape";
import type { BackupSettings, OtherDatabase } from "./backups/backupSettings";
import type { RegistryAddresses } from "./aws/ecrAddress";
import type { TagInput } from "./aws/tagInput";
import type { HealthGateSettings } from "./health/healthGate";
import type * as input from "./stepInput";
import type { DeliveredSecrets, SecretsSettings } from "./serviceSecrets";

const ON_HOST: Fields<input.OperationInput> = {
  prefix: text,
  directory: text,
  host: optional(object({})),
};
const color = oneOf("blue", "green");
const registry = object<RegistryAddresses>({ address: text, endpoint: text });
const secrets = object<SecretsSettings>({ kind: oneOf("local", "aws"), directory: text });

const service = object<ServiceRelease>({
  repository: text,
  digest: text,
  port: whole,
  replicas: whole,
  user: text,
  env: map(text),
});
const record = object<ReleaseRecord>({
  id: text,
  services: map(service),
  slots: map(whole),
  generation: whole,
});
const gates = object<input.SwitchGates>({
  stack: text,
  settings: object<input.SwitchGates["settings"]>({
    window: nullable(object({})),
    modules: list(object({})),
  }),
  override: nullable(object({ release: text, reason: text })),
});
const healthGate = optional(
  object<HealthGateSettings>({
    stabilizeSeconds: whole,
    services: map(object({})),
    modules: list(object({})),
    queries: optional(list(object({ name: text, prometheus: text, query: text }))),
    shadow: optional(object({})),
  }),
);
const migration = object<input.MigrationInput>({
  ...ON_HOST,
  stack: text,
  color,
  placement: whole,
  release: text,
  secrets,
  migrations: object<input.MigrationSettings>({
    timeoutSeconds: whole,
    lockWaitSeconds: whole,
    compatible: map(list(text)),
    keepBackups: whole,
  }),
  backups: optional(
    object<BackupSettings>({
      to: text,
      recipients: list(text),
      keep: object<BackupSettings["keep"]>({ count: whole }),
      before: oneOf("always", "destructive", "never"),
      databases: optional(
        map(
          object<OtherDatabase>({
            ...{ service: text, image: optional(text), dump: list(text) },
            timeoutSeconds: optional(whole),
          }),
        ),
      ),
    }),
  ),
  services: map(
    object<input.MigrationService>({
      image: text,
      digest: text,
      command: list(text),
      user: text,
      env: map(text),
      memoryMegabytes: whole,
      secretsSource: nullable(text),
      secretVersion: nullable(text),
      after: list(text),
    }),
  ),
});

/**
 * What each step relies on in its input. A step that a destroy runs gets what the version wrote that made the resource:
 * its check asks only for what every version has written.
 */
export const STEP_SHAPES = {
  applyEdgeConfig: object<input.EdgeConfigInput>({
    ...ON_HOST,
    edgeUrl: text,
    publicHost: text,
    subnet: text,
    image: text,
    config: text,
    number: whole,
    tls: nullable(object({ certificateFile: text, keyFile: text, fingerprint: text })),
    acme: optional(flag),
  }),
  applyObservability: object<input.ObservabilityInput>({
    ...ON_HOST,
    plan: object<input.ObservabilityInput["plan"]>({
      observers: list(object({})),
      secrets: list(object({})),
    }),
    hash: text,
    number: whole,
  }),
  applyStateful: object<input.StatefulInput>({
    ...ON_HOST,
    ...{ stack: text, service: text, number: whole, secrets },
    plan: object<input.StatefulInput["plan"]>({
      ...{ image: text, port: whole, user: text, env: map(text), stopGraceSeconds: whole },
      volume: object({ path: text }),
      secrets: nullable(object({ version: text, names: list(text), directory: text })),
    }),
  }),
  claimSet: object<input.ClaimInput>({
    ...ON_HOST,
    color,
    placement: whole,
    record,
    registry: optional(registry),
    rolling: optional(flag),
  }),
  deliverSecrets: object<input.SecretsInput>({
    ...ON_HOST,
    stack: text,
    color,
    placement: whole,
    secrets,
    services: map(object<DeliveredSecrets>({ version: text, names: list(text), user: text })),
  }),
  healthGate: object<input.GateInput>({
    ...ON_HOST,
    color,
    placement: whole,
    release: text,
    previewUrl: text,
    edgeUrl: optional(text),
    healthGate,
    rolling: optional(flag),
  }),
  migrateDatabase: migration,
  provisionDatabases: migration,
  nexusRepositories: object<input.OperationInputs["nexusRepositories"]>({
    repositories: object({}),
  }),
  switchTraffic: object<input.SwitchInput>({
    ...ON_HOST,
    color,
    switchNumber: whole,
    release: text,
    edgeUrl: text,
    previewUrl: text,
    bakeSeconds: whole,
    drainSeconds: whole,
    keepPrevious: oneOf("warm", "stopped", "removed"),
    gates: optional(gates),
    watch: optional(object({})),
    canary: optional(
      object<CanarySettings>({
        steps: list(object<CanaryStep>({ percent: whole, watchSeconds: whole })),
        mode: oneOf("wait", "step"),
      }),
    ),
    rolling: optional(flag),
    healthGate,
  }),
  tagRelease: object<TagInput>({
    release: text,
    tags: list(text),
    registry,
    images: map(text),
    isReturn: flag,
  }),
  sendNotices: object<input.SendNoticesInput>({
    ...ON_HOST,
    notices: object<input.NoticesInput>({ stack: text, channels: list(object({})) }),
    from: whole,
  }),
  removeLeftovers: object(ON_HOST),
  removeObservability: object(ON_HOST),
  removeSecrets: object<input.SecretsInput>({ ...ON_HOST, color, secrets }),
  removeStateful: object<input.StatefulInput>({ ...ON_HOST, service: text }),
  settleDatabases: object(ON_HOST),
} as const satisfies Readonly<Record<keyof input.OperationInputs | RemovalStep, Check>>;

/** Steps that run when a resource goes, with the input of the one that made it. */
type RemovalStep =
  | "removeLeftovers"
  | "removeObservability"
  | "removeSecrets"
  | "removeStateful"
  | "settleDatabases";

/** What is wrong with a step's input, a line each with the path; empty: nothing. */
export function findInputProblems(step: keyof typeof STEP_SHAPES, value: unknown): string[] {
  const problems: string[] = [];
  STEP_SHAPES[step](value, "", problems);
  return problems;
}
