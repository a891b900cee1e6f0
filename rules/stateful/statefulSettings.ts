import type { ScratchPath } from "../../release/release";

/** A service of kind `stateful` as services.yaml and the stack want it. */
export interface StatefulSettings {
  /** Pinned by digest. */
  readonly image: string;
  /** Where it listens inside of its container. */
  readonly port: number;
  readonly volume: {
    /** Where its data are inside of its container. */
    readonly path: string;
  };
  /** Null: the image's own. */
  readonly command: readonly string[] | null;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names; each is a file below /run/secrets. */
  readonly secrets: readonly string[];
  readonly health: StatefulHealth;
  /** Writes its data to standard output, run inside of its container; null: its stopped volume is the backup. */
  readonly backup: readonly string[] | null;
  readonly resources: {
    readonly memoryMegabytes: number;
    readonly cpus: string;
    readonly pids: number;
  };
  /** Between SIGTERM and SIGKILL, in seconds. */
  readonly stopGraceSeconds: number;
  readonly scratchPaths: readonly ScratchPath[];
}

/** When a stateful service counts as well. */
export interface StatefulHealth {
  /** Ends with 0 inside of its container; null: its port is listened on. */
  readonly command: readonly string[] | null;
  /** Between two looks. */
  readonly intervalMilliseconds: number;
  /** For a new container to become well, in seconds. */
  readonly deadlineSeconds: number;
}
