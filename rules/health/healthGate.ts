import type { ApiSettings } from "./apiChange";
import type { PromQuery } from "./promQuery";
import type { ShadowSettings } from "./shadowRequests";

/** One request of a smoke test and what must come back. */
export interface SmokeStep {
  /** @default "GET" */
  readonly method?: string;
  /** As users ask: with the service's route in front. `${name}` stands for what an earlier step has captured. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is if a text, else as JSON. */
  readonly body?: unknown;
  /** @default - any 2xx */
  readonly status?: number;
  /** Header -> what its value must contain. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** JSON Pointer (RFC 6901) -> the value that must be there. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** What the body must contain. */
  readonly contains?: string;
  /** Name -> JSON Pointer, or a header's name: kept for the steps behind. */
  readonly capture?: Readonly<Record<string, string>>;
}

/** What a user does with a service, in some requests one after the other. */
export interface SmokeTest {
  readonly name: string;
  readonly steps: readonly SmokeStep[];
}

/** What must hold of one service before its set may take traffic, beside the health check. */
export interface ServiceHealthGate {
  /** Parts that the readiness answer must name, and call well: `[database, cache]`. */
  readonly checks?: readonly string[];
  /** Within how many milliseconds it must be ready, each time it is asked. */
  readonly maximumMilliseconds?: number;
  /** Share of its memory limit that a replica may use. @default DEFAULT_MEMORY_SHARE */
  readonly memoryShare?: number;
  /** Regular expressions: a line of the log that matches one, written since the start, keeps the release in. */
  readonly logErrors?: readonly string[];
  readonly smokeTests?: readonly SmokeTest[];
  /** Keeps a release in that breaks the clients of the one that serves. @default - its API is not looked at */
  readonly openapi?: ApiSettings;
}

/** A check of the project's own: a module, and what it is given. */
export interface CheckModule {
  /** Path of a .js file, relative to the project. */
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a set must show before users get it, once every replica is ready. */
export interface HealthGateSettings {
  /** How long every replica must stay ready without being started again, in seconds. */
  readonly stabilizeSeconds: number;
  /** Service -> what must hold of it; services without anything of their own are left out. */
  readonly services: Readonly<Record<string, ServiceHealthGate>>;
  readonly modules: readonly CheckModule[];
  /** What a Prometheus must say of the set. @default - none is asked */
  readonly queries?: readonly PromQuery[];
  /** Left out: no requests of users are repeated. */
  readonly shadow?: ShadowSettings;
}

/** What uses more will be killed by the kernel soon after users come. */
export const DEFAULT_MEMORY_SHARE = 0.95;
