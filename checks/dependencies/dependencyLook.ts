import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { Condition } from "../../rules/health/condition";
import { NoWayIn } from "../../rules/host/asking";
import type { Dependency, DependencyAddress } from "../../rules/health/dependency";

/**
 * Opens a connection as the service opens its own.
 *
 * @throws NoWayIn where none can be made from there; why a single one failed is the stream's error.
 */
export type Dial = (host: string, port: number) => Promise<Duplex>;

/** What a dependency is asked with. */
export interface DependencyQuestion<D extends Dependency = Dependency> {
  readonly dependency: D;
  readonly dial: Dial;
  /** The value of a secret, as the service's containers have it. @throws Error where they do not have it. */
  readonly secret: (name: string) => string;
}

/** What a dependency has said, in words without a value that is secret. */
export interface DependencyAnswer {
  readonly condition: Condition;
  readonly says: string;
  /** What an operator does about it. @default - nothing */
  readonly mend?: string;
}

/** A reason that says itself what mends it. */
export class Unwell extends Error {
  constructor(
    message: string,
    readonly mend: string,
  ) {
    super(message);
  }
}

/** The reason that is for an operator, whatever a client's library has put around it; null: it is the library's own. */
export function ownReason(error: Error): Error | null {
  const found = [error, error.cause].find(
    (each) => each instanceof Unwell || each instanceof NoWayIn,
  );
  return (found as Error | undefined) ?? null;
}

/** A connection from where the services are. */
export interface Link {
  readonly socket: Duplex;
  /** Rejects where it fails, with the reason; clients have one of their own, which tells less. */
  readonly failed: Promise<never>;
}

/** @throws NoWayIn where no connection at all can be made from there. */
export async function connectTo(dial: Dial, { host, port }: DependencyAddress): Promise<Link> {
  const socket = await dial(host, port);
  const failed = new Promise<never>((_resolve, reject) => {
    socket.once("error", ({ message }: Error) => {
      const mend = "start it, or let the stack's network in there";
      reject(new Unwell(`${host}:${port} cannot be reached: ${plainReason(message)}`, mend));
    });
  });
  failed.catch(() => undefined);
  return { socket, failed };
}

/** Why, of the first line of what a tool has said: `nc: cannot connect to cache: Connection refused`. */
function plainReason(words: string): string {
  const [line = ""] = words.trim().split("\n");
  return (line.split(": ").at(-1) ?? "").replace(/^\[Errno -?\d+\] /, "");
}

/** TLS over a connection that stands; a server without it, or with a certificate that is not trusted, is the error. */
export function secure(socket: Duplex, host: string): TLSSocket {
  // A certificate for an address has no name that could be asked for.
  return connect({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

/** What went wrong with TLS, without OpenSSL's numbers. */
export function describeTls(message: string): string {
  const [, reason] = /SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  return reason === undefined ? message : `TLS: ${reason}`;
}
