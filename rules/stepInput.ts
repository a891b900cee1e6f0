import type { WatchInput } from "./health/watchInput";
import type { CanarySettings } from "../release/canary";
import type { BackupSettings } from "./backups/backupSettings";
import type { RegistryAddresses } from "./aws/ecrAddress";
import type { HealthGateSettings } from "./health/healthGate";
import type { GateOverride, GateSettings } from "./gates/gateSettings";
import type { HostAddress } from "./host/hostAddress";
import type { ChannelSettings } from "./notices/channels";
import type { ObservabilityPlan } from "./observability/plan";
import type { TagInput } from "./aws/tagInput";
import type { NexusRepositories } from "./packages/nexusRepositories";
import type { Color, Release, ReleaseRecord, ScratchPath } from "../release/release";
import type { DeliveredSecrets, SecretsSettings } from "./serviceSecrets";
import type { StatefulWork } from "./stateful/statefulDecision";

/** What every operation of an update is told on its standard input. */
export interface OperationInput {
  /** Prefix of all names the stack uses on the Docker host: `maestro-development`. */
  readonly prefix: string;
  /** Directory of the stack's records on the Docker host. */
  readonly directory: string;
  /** The Docker host; left out: this machine. */
  readonly host?: HostAddress;
  /** Who is told of what is done; left out: nobody. */
  readonly notices?: NoticesInput;
}

/** Who is told of what a step has done. */
export interface NoticesInput {
  readonly stack: string;
  readonly channels: readonly ChannelSettings[];
}

/** For `sendNotices`, which a step starts and does not wait for. */
export interface SendNoticesInput extends OperationInput {
  readonly notices: NoticesInput;
  /** Number of the first event that the step has added. */
  readonly from: number;
}

/** For `claimSet`: the idle set is about to be changed. The one operation that is told the whole record. */
export interface ClaimInput extends OperationInput {
  readonly color: Color;
  readonly placement: number;
  readonly record: ReleaseRecord;
  /** The stack's ECR, where images are pulled from another address; left out: from its own, or there is none. */
  readonly registry?: RegistryAddresses;
  /** The set's services are started one by one, so none of what it holds may run; absent: all at once. */
  readonly rolling?: true;
}

/** For `healthGate`: may this set take traffic? */
export interface GateInput extends OperationInput {
  readonly color: Color;
  /** The placement the claim has noted on the host; its record says what the set must hold. */
  readonly placement: number;
  readonly release: string;
  /** `http://127.0.0.1:8081`, as the deployer reaches it. */
  readonly previewUrl: string;
  /** `http://127.0.0.1:8080`; absent: nothing is asked of the set that serves. */
  readonly edgeUrl?: string;
  /** What the set must show beside that; absent: nothing. */
  readonly healthGate?: HealthGateSettings;
  /** The set's services are started and proven one by one, by the switch; absent: all at once, here. */
  readonly rolling?: true;
}

/** For `switchTraffic`: all users to this set. */
export interface SwitchInput extends OperationInput {
  readonly color: Color;
  /** Number this move will have; refused when somebody else has moved the traffic meanwhile. */
  readonly switchNumber: number;
  /** Release the set must hold; its record is on the host. */
  readonly release: string;
  readonly edgeUrl: string;
  readonly previewUrl: string;
  readonly bakeSeconds: number;
  readonly drainSeconds: number;
  readonly keepPrevious: "warm" | "stopped" | "removed";
  /** Absent where the stack has none. */
  readonly gates?: SwitchGates;
  /** How the traffic is judged while the new set is watched; absent: by the usual limits. */
  readonly watch?: WatchInput;
  /** By which shares of the clients a new release goes up; absent: all at once. */
  readonly canary?: CanarySettings;
  /** Step that a canary begins with; absent: it is none, or begins at its start. */
  readonly canaryFrom?: number;
  /** Services move one by one; absent: all in one instant. */
  readonly rolling?: true;
  /** What each service must show before it moves, beside its health check; absent: nothing, or all move at once. */
  readonly healthGate?: HealthGateSettings;
}

/** What must let a release out, right before its traffic moves. */
export interface SwitchGates {
  readonly stack: string;
  readonly settings: GateSettings;
  readonly override: GateOverride | null;
}

/** For `applyEdgeConfig`: this is the edge's configuration from now on. In a destroy `removeLeftovers` gets it too. */
export interface EdgeConfigInput extends OperationInput {
  readonly edgeUrl: string;
  /** Host name in the stack's `url`: services without one of their own are asked with it. */
  readonly publicHost: string;
  readonly subnet: string;
  readonly image: string;
  readonly config: string;
  /** Counts configurations. It changes whenever the live file is not the wanted one, as after a kill at a bad moment. */
  readonly number: number;
  readonly tls: {
    readonly certificateFile: string;
    readonly keyFile: string;
    /** Hash of both files, so that a renewed certificate is a change. */
    readonly fingerprint: string;
  } | null;
  /** The certificate is issued to the edge, and replaced without an update; left out: see `tls`. */
  readonly acme?: true;
}

/** For `deliverSecrets` and `removeSecrets`: the files that a set's containers see as /run/secrets. Holds no value. */
export interface SecretsInput extends OperationInput {
  readonly stack: string;
  readonly color: Color;
  readonly placement: number;
  /** Where values come from and where on the host they lie. */
  readonly secrets: SecretsSettings;
  /** Services with secrets, and which. */
  readonly services: Readonly<Record<string, DeliveredSecrets>>;
}

/** A service's database and how it is migrated: as its containers run, with another command. */
export interface MigrationService {
  /** By digest. */
  readonly image: string;
  readonly digest: string;
  readonly command: readonly string[];
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  /** Writable paths in memory; left out: /tmp alone. */
  readonly scratchPaths?: readonly ScratchPath[];
  /** As the service's own; left out: volumes that the image declares are in memory. */
  readonly imageVolumes?: "disk";
  /** Directory on the host with the service's secrets; null: it has none. */
  readonly secretsSource: string | null;
  readonly secretVersion: string | null;
  /** Secrets whose values its containers have in plain variables, too; left out: none. */
  readonly secretVariables?: readonly string[];
  /** Role that it logs in to its database as; left out: the one that its DATABASE_URL names. */
  readonly login?: string;
  /** Services whose databases are migrated first. */
  readonly after: readonly string[];
}

/** How a stack's migrations are run. */
export interface MigrationSettings {
  /** How long one service's migration may take, in seconds. */
  readonly timeoutSeconds: number;
  /** How long somebody else's migration of the same database is waited for, in seconds. */
  readonly lockWaitSeconds: number;
  /** Service -> revisions that the operator has declared compatible with every release. */
  readonly compatible: Readonly<Record<string, readonly string[]>>;
  /** When a backup is taken first. */
  readonly backup: "destructive" | "always" | "never";
  /** How many backups of each database are kept. */
  readonly keepBackups: number;
}

/** For `provisionDatabases` and `migrateDatabase`: the databases of a release that is about to be placed. */
export interface MigrationInput extends OperationInput {
  readonly stack: string;
  readonly color: Color;
  readonly placement: number;
  readonly release: string;
  readonly secrets: SecretsSettings;
  readonly migrations: MigrationSettings;
  /** Where a backup before the migrations goes; left out: see `MigrationSettings.backup`. */
  readonly backups?: BackupSettings;
  readonly services: Readonly<Record<string, MigrationService>>;
}

/** For `applyObservability`: what watches the stack from now on. `removeObservability` gets it too. */
export interface ObservabilityInput extends OperationInput {
  readonly plan: ObservabilityPlan;
  readonly hash: string;
  readonly number: number;
}

/** For `applyStateful`: what runs as a stateful service from now on. `removeStateful` gets it too. Holds no secret's value. */
export type StatefulInput = OperationInput & StatefulWork & Pick<SecretsInput, "stack" | "secrets">;

/** The steps that an update runs, each `steps/<name>.ts`, and what they are told. */
export interface OperationInputs {
  readonly applyEdgeConfig: EdgeConfigInput;
  readonly applyObservability: ObservabilityInput;
  readonly applyStateful: StatefulInput;
  readonly claimSet: ClaimInput;
  readonly sendNotices: SendNoticesInput;
  readonly deliverSecrets: SecretsInput;
  readonly healthGate: GateInput;
  readonly migrateDatabase: MigrationInput;
  readonly provisionDatabases: MigrationInput;
  readonly nexusRepositories: OperationInput & { readonly repositories: NexusRepositories };
  readonly switchTraffic: SwitchInput;
  readonly tagRelease: TagInput;
}

/** A service's image reference: repository and digest, never a tag. */
export function imageReference({ repository, digest }: Record<"repository" | "digest", string>) {
  return `${repository}@${digest}`;
}

/** Service name -> its image reference. */
export function imagesOf(release: Release): Record<string, string> {
  return Object.fromEntries(
    Object.entries(release.services).map(([name, service]) => [name, imageReference(service)]),
  );
}

/** One replica of a set: which container must be there, made from which image. */
export interface ReplicaExpectation {
  readonly service: string;
  readonly replica: number;
  readonly image: string;
}

/** Every replica a release wants. */
export function expectedReplicas(record: ReleaseRecord): ReplicaExpectation[] {
  return Object.entries(record.services).flatMap(([service, settings]) =>
    Array.from({ length: settings.replicas }, (_, replica) => ({
      service,
      replica,
      image: imageReference(settings),
    })),
  );
}

/** Name of one replica's container. */
export function containerName(
  prefix: string,
  color: Color,
  service: string,
  replica: number,
): string {
  return `${prefix}-${color}-${service}-${replica}`;
}
