import type * as http from "node:http";

/** An answer to one request. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Bounds of one request. */
export interface AskOptions {
  readonly timeoutMilliseconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is longer is cut off. @default 65,536 */
  readonly maxBodyBytes?: number;
  /** The answer is its status and headers: its body is not waited for. @default false */
  readonly statusOnly?: boolean;
  /** @default "GET" */
  readonly method?: string;
  /** @default - none */
  readonly body?: string;
  /** Opens the connection. @default - a new one from this machine */
  readonly agent?: http.Agent;
}

/** Who can ask: a host, from itself. */
export interface Asker {
  /**
   * One request, never retried: what it reports is what happened.
   *
   * @throws HostError when the host cannot be reached: that says nothing about what was asked.
   */
  ask(url: string, options?: AskOptions): Promise<Answer>;
}

/** The host cannot be reached, or not used as it must be. Never what a service answered, so no release's fault. */
export class HostError extends Error {
  public override readonly name = "HostError";
}

/** Nothing can be asked from inside of the stack's network: that says nothing about what was to be asked. */
export class NoWayIn extends Error {
  public override readonly name = "NoWayIn";
}
