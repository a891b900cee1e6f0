import type { CanarySettings } from "../release/canary";
import type { BackupSettings } from "../rules/backups/backupSettings";
import type { AcmeSettings } from "../rules/acme/acmeSettings";
import type { CertificatePaths } from "../rules/edge/certificate";
import type { EdgeShares } from "../rules/edge/nginxShares";
import type { EdgeTracing } from "../rules/edge/nginxTracing";
import type { CheckModule, HealthGateSettings } from "../rules/health/healthGate";
import type { Dependencies } from "../rules/health/dependency";
import type { HostAddress } from "../rules/host/hostAddress";
import type { GateOverride, GateSettings } from "../rules/gates/gateSettings";
import type { ObservabilitySettings } from "../rules/observability/settings";
import type { ChannelSettings } from "../rules/notices/channels";
import type { PolicySettings } from "../rules/policyRules";
import type { SloSettings } from "../rules/observability/slo";
import type { WatchInput } from "../rules/health/watchInput";
import type { MigrationSettings } from "../rules/stepInput";
import type { ServiceSettings } from "../release/release";
import type { SecretsSettings } from "../rules/serviceSecrets";
import type { StatefulSettings } from "../rules/stateful/statefulSettings";
import type { ParsedPackages } from "./schemas/packages";
import type { StackKind } from "./stackKind";

/** The Python package index of the stack. */
export type PackagesSettings = ParsedPackages;

/** Which image registry serves the stack. */
export interface RegistrySettings {
  readonly kind: "local" | "ecr";
  /** `host[:port]` of the registry. */
  readonly address: string;
  /** `host[:port]` that image references start with: `address` unless images are pushed and pulled elsewhere. */
  readonly endpoint: string;
  /** Whether this stack makes the repositories; always false for kind `local`. */
  readonly manage: boolean;
  /** KMS key of the repositories; null: AWS's own. */
  readonly kmsKey: string | null;
  /** Further accounts that may pull. */
  readonly pullAccounts: readonly string[];
  /** Path between the address and a service's name: `maestro`. */
  readonly namespace: string;
}

/** Address a listener binds on the Docker host. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** How the edge serves TLS, with a certificate of one kind. */
export interface TlsSettings {
  readonly listen: ListenAddress;
  /** The operator's own; null: it is issued. */
  readonly files: CertificatePaths | null;
  /** How it is issued; null: it is the operator's own. */
  readonly acme: AcmeSettings | null;
  /** Whether users of plain HTTP are sent there. */
  readonly redirect: boolean;
}

/** The nginx edge in front of both sets. */
export interface EdgeSettings {
  /** nginx image, pinned by digest. */
  readonly image: string;
  /** Where users' requests arrive. */
  readonly listen: ListenAddress;
  /** Where the idle set can be tried; keep it on loopback or a private network. */
  readonly preview: ListenAddress;
  /** Where TLS requests arrive; null: no TLS. */
  readonly tls: TlsSettings | null;
  /** Host name in `url`. */
  readonly publicHost: string;
  /** Load balancers whose word about client, scheme and host counts, as CIDRs. */
  readonly trustedProxies: readonly string[];
  /** Largest request line and largest single header. */
  readonly maxHeaderLineKilobytes: number;
  /** Largest headers of a request, all together. */
  readonly maxHeaderKilobytes: number;
  readonly gzip: boolean;
  readonly securityHeaders: boolean;
  readonly memoryMegabytes: number;
  /** Requests that one client may have under way. */
  readonly maxConcurrentRequestsPerClient: number;
  /** How a share of the clients is told from the others; left out: all get the same set. */
  readonly shares?: EdgeShares;
  /** Services can move to the other set one by one; left out: all move at once. */
  readonly rolling?: true;
  /** How requests are joined to traces; left out: they are not. */
  readonly tracing?: EdgeTracing;
}

/** What happens to the set that no longer serves. */
export type KeepPrevious = "warm" | "stopped" | "removed";

/** How a release replaces another. */
export interface RolloutSettings {
  readonly keepPrevious: KeepPrevious;
  /** How long a request may still run on the outgoing set after the switch, in seconds. */
  readonly drainSeconds: number;
  /** How long the new set is watched after the switch before the update succeeds, in seconds. */
  readonly bakeSeconds: number;
  /** How users' traffic is judged meanwhile; left out: by the usual limits. */
  readonly watch?: WatchInput;
  /** By which shares of the clients a new release goes up; left out: all at once. */
  readonly canary?: CanarySettings;
  /** One service after the other takes a release, for hosts without memory for two sets; left out: all at once. */
  readonly rolling?: true;
}

/** Which images are taken away, and when. */
export interface PruneSettings {
  /** How many releases stay beside those that sets hold. */
  readonly keep: number;
  /** What is younger stays, in seconds. */
  readonly minimumAgeSeconds: number;
  readonly afterRelease: boolean;
  /** Names of all stacks that use the registry; null: nobody says so. */
  readonly registryStacks: readonly string[] | null;
}

/** A release is taken over from another stack once it has proven itself there. */
export interface PromotionSettings {
  /** The other stack. */
  readonly from: string;
  /** How long the release must have served there, in seconds. */
  readonly minimumSoakSeconds: number;
  /** What the watch there must have said of it; left out: whatever it has. */
  readonly verdict?: "pass";
}

/** The stack's own PostgreSQL. */
export interface PostgresSettings {
  /** Pinned by digest. */
  readonly image: string;
  readonly memoryMegabytes: number;
}

/** Who may deploy the stack. */
export interface IdentitySettings {
  /** GitHub repository, `<owner>/<name>`. */
  readonly repository: string;
  /** GitHub environment whose jobs release. */
  readonly environment: string;
  /** GitHub environment whose jobs preview. */
  readonly previewEnvironment: string;
  /** ARN of the account's provider for GitHub's tokens; null: the stack makes it. */
  readonly oidcProvider: string | null;
  /** AWS account of roles and secrets; null: the registry's. */
  readonly account: string | null;
}

/** The stack's whole configuration, checked and with all defaults filled in. */
export interface Settings {
  /** What the stack is for: `local` is neither protected nor shared, `production` must not hang on a passphrase. */
  readonly kind: StackKind;
  readonly registry: RegistrySettings;
  /** The Docker host; null: this machine. */
  readonly host: HostAddress | null;
  /** Where shared Python packages are published; null: the stack knows of none. */
  readonly packages: PackagesSettings | null;
  /** Directory on the Docker host that holds the edge's configuration, the switch and the release records. */
  readonly directory: string;
  /** Where services' secrets come from, and where their files lie. */
  readonly secrets: SecretsSettings;
  /** The stack's own PostgreSQL; null: every DATABASE_URL names another server. */
  readonly postgres: PostgresSettings | null;
  readonly migrations: MigrationSettings;
  /** Where backups go; null: nowhere. */
  readonly backups: BackupSettings | null;
  /** Roles by which the stack is released without keys; null: none. */
  readonly identity: IdentitySettings | null;
  /** Private network of the edge and both sets. */
  readonly subnet: string;
  readonly edge: EdgeSettings;
  readonly rollout: RolloutSettings;
  /** Service name -> settings, from services.yaml and the stack's overrides. */
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** Name -> what a stateful service is to be. None of them is part of a release. */
  readonly stateful: Readonly<Record<string, StatefulSettings>>;
  /** Where releases come from; null: from `release` alone. */
  readonly promotion: PromotionSettings | null;
  /** Why `release` is taken instead of the promoted one; null: it is not. */
  readonly pinReason: string | null;
  /** Service name -> image digest; empty: promoted, or there is none yet and only the registry is made. */
  readonly release: Readonly<Record<string, string>>;
  /** Id of the recorded release whose settings go with `release`; null: today's settings. Set by `rollback`. */
  readonly settingsFrom: string | null;
  /** Id of a rejected release that may be tried again; null: none. */
  readonly allowRejected: string | null;
  /** What a set must show before users get it, beside its health checks; null: nothing. */
  readonly healthGate: HealthGateSettings | null;
  /** Service name -> what it cannot do without; services that name nothing are left out. */
  readonly dependencies: Readonly<Record<string, Dependencies>>;
  /** Service name -> what users may expect of it. */
  readonly slos: Readonly<Record<string, SloSettings>>;
  /** Who is told what has happened; null: nobody. */
  readonly notices: readonly ChannelSettings[] | null;
  /** What watches the stack beside its releases; null: nothing. */
  readonly observability: ObservabilitySettings | null;
  /** What must let a release out; null: nothing. */
  readonly gates: GateSettings | null;
  /** The release that may pass a gate; null: none. */
  readonly override: GateOverride | null;
  /** Which images are taken away, and when; null: the usual ones, by hand. */
  readonly prune: PruneSettings | null;
  /** What `maestro doctor` looks at beside the usual; null: nothing. */
  readonly doctor: { readonly checks: readonly CheckModule[] } | null;
  /** How the program checks its own resources; null: it does not. */
  readonly policy: PolicySettings | null;
}
