import { NoWayIn } from "../../rules/host/asking";
import { hideValues, secretsOf, type Dependency } from "../../rules/health/dependency";
import { plainText } from "../../rules/plainText";
import { Unwell, type Dial, type DependencyAnswer } from "./dependencyLook";

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
  let at = "";
  const noted: Dial = (host, port) => {
    at = `${host}:${port}: `;
    return dial(host, port);
  };
  try {
    return await inTime(ask(dependency, noted, secret), () => at);
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

/** @param at where the last connection was to lead, for the message. */
function inTime<T>(answer: Promise<T>, at: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const says = `no answer within ${DEADLINE_MILLISECONDS / 1000} s`;
    const mend = "start it, or let the stack's network in there";
    timer = setTimeout(() => reject(new Unwell(at() + says, mend)), DEADLINE_MILLISECONDS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
