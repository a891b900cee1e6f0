import type { Duplex } from "node:stream";
import { AbstractConnector, Redis } from "ioredis";
import {
  parseAddress,
  type DependencyAddress,
  type RedisDependency,
} from "../../rules/health/dependency";
import {
  connectTo,
  describeTls,
  secure,
  Unwell,
  type DependencyAnswer,
  type DependencyQuestion,
} from "./dependencyLook";

const SCHEMES = { redis: 6379, rediss: 6379 };
/** From here on a server that evicts nothing soon refuses to write. */
const FULL_SHARE = 0.9;
const MEGABYTE = 1024 * 1024;

/** Where it is, and as whom it is used. */
interface Login extends DependencyAddress {
  readonly username: string;
  readonly password: string;
  readonly isTls: boolean;
}

/** What INFO says, by field. */
type Info = ReadonlyMap<string, string>;

/** Logs in to a Redis as the service does, has it answer a PING, and asks it how it is. */
export async function askRedis({
  dependency,
  dial,
  secret,
}: DependencyQuestion<RedisDependency>): Promise<DependencyAnswer> {
  const login = loginOf(dependency, secret);
  const { socket, failed } = await connectTo(dial, login);
  const stream = login.isTls ? secure(socket, login.host) : socket;
  const refused = new Promise<never>((_resolve, reject) => stream.once("error", reject));
  refused.catch(() => undefined);
  const client = new Redis({
    ...{ Connector: connectorOf(stream), lazyConnect: true, enableReadyCheck: false, protocol: 2 },
    // A second try would only repeat the first one's reason.
    ...{ retryStrategy: () => null, maxRetriesPerRequest: 0, disableClientInfo: true },
  });
  client.on("error", () => undefined);
  try {
    return judge(login, await Promise.race([question(client, login), failed, refused]));
  } catch (error) {
    throw explain(error as Error, dependency, login);
  } finally {
    client.disconnect();
    stream.destroy();
  }
}

async function question(client: Redis, { username, password }: Login): Promise<Info> {
  await client.connect();
  if (username !== "") await client.auth(username, password);
  else if (password !== "") await client.auth(password);
  await client.ping();
  const fields = (await client.info()).split("\r\n").map((line) => line.split(":"));
  return new Map(fields.map(([name = "", ...value]) => [name, value.join(":")]));
}

function loginOf(dependency: RedisDependency, secret: (name: string) => string): Login {
  const { url, address = "", username = "", password, tls } = dependency;
  if (url !== undefined) {
    const { scheme, ...parsed } = parseAddress(url, secret(url), SCHEMES);
    return { ...parsed, isTls: scheme === "rediss" };
  }
  const end = address.lastIndexOf(":");
  const host = address.slice(0, end).replace(/^\[(.*)\]$/, "$1");
  return {
    ...{ host, port: Number(address.slice(end + 1)), username, isTls: tls === true },
    password: password === undefined ? "" : secret(password),
  };
}

/** The client takes the connection that there is. */
function connectorOf(stream: Duplex) {
  return class extends AbstractConnector {
    constructor() {
      super(0);
    }
    connect() {
      return Promise.resolve(stream as never);
    }
  };
}

function explain(error: Error, { url, password }: RedisDependency, login: Login): Error {
  if (error instanceof Unwell) return error;
  const says = `${login.host}:${login.port}: ${describeTls(error.message)}`;
  const name = url ?? password;
  if (/^(?:WRONGPASS|ERR invalid password|ERR AUTH)/.test(error.message)) {
    return new Unwell(says, `set secret ${name} to what the server takes, then \`pulumi up\``);
  }
  if (/^NOAUTH/.test(error.message)) {
    const mend = name
      ? `put the password into secret ${name}`
      : "name the secret with its password in `password`";
    return new Unwell(says, mend);
  }
  if (/^NOPERM/.test(error.message)) {
    return new Unwell(says, "allow this user +ping and +info");
  }
  return new Error(says);
}

function judge({ host, port }: Login, info: Info): DependencyAnswer {
  const number = (field: string) => Number(info.get(field) ?? 0);
  const [used, most] = [number("used_memory"), number("maxmemory")];
  const megabytes = (bytes: number) => `${Math.round(bytes / MEGABYTE)} MB`;
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  const says = [
    `${host}:${port}: Redis ${info.get("redis_version") ?? "?"}, ${info.get("role") ?? "?"}`,
    `${megabytes(used)} of ${most > 0 ? megabytes(most) : "no limit"}`,
    `${number("evicted_keys")} evicted`,
  ].join(", ");
  if (info.get("loading") === "1") {
    return { condition: "warning", says: `${says}, still loads its data`, mend: "wait" };
  }
  if (info.get("role") === "slave" && info.get("master_link_status") !== "up") {
    const mend = "see why the replica has lost its master";
    return { condition: "bad", says: `${says}, without its master`, mend };
  }
  if (most > 0 && used > most * FULL_SHARE && policy === "noeviction") {
    const mend = "raise maxmemory, or set maxmemory-policy: it refuses to write once it is full";
    return { condition: "warning", says, mend };
  }
  return { condition: "good", says };
}
