import type { Color, Release, ReleaseRecord } from "../../release/release";
import type { HistoryEntry } from "../../release/history";
import type { PreviewStep } from "../delivery/preview";
import type { Difference } from "../host/difference";
import type { HostAddress } from "../host/hostAddress";

/** A container that a set's record wants. */
export interface SetContainerFacts {
  readonly name: string;
  readonly service: string;
  readonly replica: number;
  /** Services move one by one, and users get this one from the other set than the others; left out: from the same. */
  readonly aside?: true;
  /** Null: it is not there. */
  readonly found: {
    /** `running`, `exited`, `created`, `restarting` ... */
    readonly state: string;
    readonly exitCode: number;
    /** ISO 8601, UTC. */
    readonly createdAt: string;
    readonly startedAt: string;
    /** When it last ended; null: it never has. */
    readonly endedAt: string | null;
    /** Files that differ from its image, mounts left out. */
    readonly changedPaths: readonly string[];
    /** Secrets whose delivered value is not the one of the version that its release names. */
    readonly otherSecrets: readonly string[];
    /** What it answered when it was asked whether it is ready; null: it is, or it was not asked. */
    readonly unready: string | null;
  } | null;
}

export interface SetFacts {
  readonly color: Color;
  readonly isActive: boolean;
  readonly record: ReleaseRecord;
  readonly proven: boolean;
  readonly containers: readonly SetContainerFacts[];
  readonly differences: readonly Difference[];
  /** Names of all containers that count as the set's, those that its record does not want too. */
  readonly there: readonly string[];
}

/** A container of any kind, as the Engine lists it. */
export interface ListedContainer {
  readonly name: string;
  readonly state: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly ports: readonly { readonly address: string; readonly port: number }[];
}

/** A network or a volume with the stack's label. */
export interface Labelled {
  readonly name: string;
  readonly createdAt: string | null;
}

/** The edge's configuration, on the host and in the process. */
export interface EdgeFacts {
  /** Null: there is no such file. */
  readonly file: string | null;
  /** ISO 8601, UTC, by the host's clock. */
  readonly writtenAt: string | null;
  /** What nginx reads in its container; null: it does not run, or refuses what it reads. */
  readonly seen: string | null;
  /** When the oldest worker that takes requests has started; null: unknown. ISO 8601, UTC. */
  readonly loadedAt: string | null;
  /** What the edge answers at /edge/generation; null: nothing. */
  readonly generation: string | null;
  /** Why it did not answer for the set that the switch names; null: it did. */
  readonly trouble: string | null;
}

/** An image that a release on the host's records runs. */
export interface ImageFacts {
  /** By digest. */
  readonly reference: string;
  /** Ids of the releases that want it, with how each is held. */
  readonly wantedBy: readonly {
    readonly release: string;
    readonly held: "serves" | "waits" | "kept";
  }[];
  readonly isInRegistry: boolean;
  readonly isOnHost: boolean;
}

/** A service's secrets in the store beside those that serve. */
export interface SecretFacts {
  readonly service: string;
  /** How the store calls it: `web in Pulumi.demo.secrets.yaml`. */
  readonly secret: string;
  readonly serving: string;
  readonly current: string;
  /** ISO 8601, UTC; null: the store does not say. */
  readonly currentSince: string | null;
}

/** The stack that releases are taken over from. */
export interface UpstreamFacts {
  readonly stack: string;
  readonly digests: Readonly<Record<string, string>>;
  readonly history: readonly Pick<HistoryEntry, "digests" | "at">[];
}

/** A service with data of its own, beside the sets. */
export interface StatefulFacts {
  readonly service: string;
  readonly container: string;
  /** `running`, `exited` ...; null: it is not there. */
  readonly state: string | null;
  /** Whether it was made from what is on record, and nothing of an update is left. */
  readonly isAsRecorded: boolean;
}

/** A file that nothing reads or writes any more. */
export interface LeftFile {
  readonly file: string;
  readonly writtenAt: string;
}

/** What the host, the records, the registry, the store of secrets and Pulumi's state say. Null: could not be had. */
export interface DriftFacts {
  readonly stack: string;
  /** Of all the stack's names on the host. */
  readonly prefix: string;
  /** The stack's directory on the host. */
  readonly directory: string;
  /** Null: this machine. */
  readonly host: HostAddress | null;
  /** Where the edge listens. */
  readonly ports: readonly { readonly address: string; readonly port: number }[];
  readonly hasPostgres: boolean;
  readonly keepPrevious: "warm" | "stopped" | "removed";
  readonly activeColor: Color | null;
  /** Whether the next update would release something else than what serves. */
  readonly isPending: boolean;
  /** Releases that were rejected. */
  readonly rejected: readonly string[];
  readonly sets: readonly SetFacts[];
  readonly stateful: readonly StatefulFacts[];
  readonly edge: EdgeFacts | null;
  readonly containers: readonly ListedContainer[];
  readonly networks: readonly Labelled[];
  readonly volumes: readonly Labelled[];
  readonly leftFiles: readonly LeftFile[];
  readonly brokenLinks: readonly string[] | null;
  readonly images: readonly ImageFacts[] | null;
  readonly secrets: readonly SecretFacts[] | null;
  /** What the stack's outputs say serves; null: it has none, or they could not be had. */
  readonly outputs: {
    readonly activeColor: Color;
    readonly release: Pick<Release, "id"> | null;
  } | null;
  /** Left out of a stack that takes nothing over. */
  readonly upstream: UpstreamFacts | null;
  /** What a refresh would change. */
  readonly resources: readonly PreviewStep[] | null;
}
