import type { Duplex } from "node:stream";
import { NoWayIn } from "../../rules/host/asking";
import type { Condition } from "../../rules/health/condition";
import {
  hideValues,
  secretsOf,
  type Dependency,
  type DependencyAddress,
} from "../../rules/health/dependency";
import { plainText } from "../../rules/plainText";

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

/** Whatever is well answers in a tenth of it. */
const DEADLINE_MILLISECONDS = 10_000;
const SHOWN = 500;

/**
 * Asks one dependency of a service whether it is well, with the service's own credentials and from the service's network.
 * Its client is loaded here alone.
 *
 * @param read a secret's value as the service's containers have it; null: they do not have it.
 */
export async function lookAtDependency(
  dependency: Dependency,
  dial: Dial,
  read: (secret: string) => Promise<string | null>,
): Promise<DependencyAnswer> {
  const values = new Map<string, string>();
  for (const name of secretsOf(dependency)) {
    const value = await read(name);
    if (value !== null) values.set(name, value.replace(/\r?\n$/, ""));
  }
  const secret = (name: string) => {
    const value = values.get(name);
    if (value !== undefined && value !== "") return value;
    const says = `the service's containers have no secret ${name}`;
    throw new Unwell(says, "run `pulumi up`, which delivers it");
  };
  try {
    return await inTime(ask(dependency, dial, secret));
  } catch (error) {
    const { message } = error as Error;
    const says = plainText(hideValues(message, [...values.values()]), SHOWN);
    const condition = error instanceof NoWayIn ? "unknown" : "bad";
    return { condition, says, ...(error instanceof Unwell && { mend: error.mend }) };
  }
}

async function ask(
  dependency: Dependency,
  dial: Dial,
  secret: (name: string) => string,
): Promise<DependencyAnswer> {
  switch (dependency.kind) {
    case "postgres":
      return (await import("./postgres")).askPostgres({ dependency, dial, secret });
    case "redis":
      return (await import("./redis")).askRedis({ dependency, dial, secret });
    case "openid":
      return (await import("./openid")).askOpenid({ dependency, dial, secret });
  }
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`no answer within ${DEADLINE_MILLISECONDS / 1000} s`);
    timer = setTimeout(() => reject(error), DEADLINE_MILLISECONDS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
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

/** The last line of what the tool that connects has said, without its own name. */
function plainReason(words: string): string {
  const line = words.trim().split("\n").at(-1) ?? "";
  return line.replace(/^\[Errno -?\d+\] /, "").replace(/^bash: (?:line \d+: )?/, "");
}
