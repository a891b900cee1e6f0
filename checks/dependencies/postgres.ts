import { Client, DatabaseError, type ClientConfig } from "pg";
import { parseAddress, type PostgresDependency } from "../../rules/health/dependency";
import {
  connectTo,
  ownReason,
  Unwell,
  type DependencyAnswer,
  type DependencyQuestion,
} from "./dependencyLook";

const SCHEMES = { postgres: 5432, postgresql: 5432 };
/** From here on a release, which doubles the services for a moment, may find no connection. */
const FULL_SHARE = 0.9;
const MOST_LAG_SECONDS = 60;

/** Every login may see these. A standby that has replayed all that it has does not lag, however old that is. */
const QUESTION = `
SELECT current_setting('server_version') AS version,
  (SELECT sum(numbackends) FROM pg_stat_database)::int AS used,
  current_setting('max_connections')::int AS most,
  pg_is_in_recovery() AS "isStandby",
  CASE WHEN NOT pg_is_in_recovery() THEN NULL
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float END AS lag`;

interface Row {
  readonly version: string;
  readonly used: number;
  readonly most: number;
  readonly isStandby: boolean;
  /** Seconds; null: it is no standby, or has replayed nothing yet. */
  readonly lag: number | null;
}

/** Logs in to a PostgreSQL as the service does, and asks it how it is. */
export async function askPostgres({
  dependency: { url },
  dial,
  secret,
}: DependencyQuestion<PostgresDependency>): Promise<DependencyAnswer> {
  const address = parseAddress(url, secret(url), SCHEMES);
  const { host, port, username, password, path } = address;
  const open = async (ssl: ClientConfig["ssl"]) => {
    const { socket, failed } = await connectTo(dial, address);
    const login = { user: username, password, database: path || username, host, port };
    const client = new Client({
      ...{ ...login, ssl, stream: () => socket, application_name: "maestro status" },
    });
    // What comes after the answer has no one to tell.
    client.on("error", () => undefined);
    await Promise.race([client.connect(), failed]);
    return client;
  };
  const client = await openByMode(open, address.parameters.get("sslmode")).catch((error: Error) => {
    throw explain(error, url, address);
  });
  try {
    const { rows } = await client.query<Row>(QUESTION);
    return judge(`${username} on ${host}:${port}`, rows[0]!);
  } finally {
    void client.end().catch(() => undefined);
  }
}

/**
 * Connects as libpq does for a mode of the address: without one TLS is used where the server has it, so that no password
 * goes without it that the service itself would not send so; only `verify-…` looks at the certificate.
 */
export async function openByMode<T>(
  open: (ssl: ClientConfig["ssl"]) => Promise<T>,
  mode: string | null,
): Promise<T> {
  if (mode === "disable") return open(false);
  if (mode === "verify-ca" || mode === "verify-full") return open(true);
  try {
    // What the address asks for; the service does the same.
    // nosemgrep: certificate-not-checked
    return await open({ rejectUnauthorized: false });
  } catch (error) {
    if (mode === "require" || !/does not support SSL/.test((error as Error).message)) throw error;
    return open(false);
  }
}

function explain(
  error: Error,
  secret: string,
  { host, port, path }: { host: string; port: number; path: string },
): Error {
  const at = `${host}:${port}: ${error.message}`;
  if (!(error instanceof DatabaseError)) return ownReason(error) ?? new Error(at);
  switch (error.code) {
    case "28P01":
    case "28000":
      return new Unwell(at, `set secret ${secret} to what the server takes, then \`pulumi up\``);
    case "3D000":
      return new Unwell(at, `make the database ${path}, or name another one in secret ${secret}`);
    case "53300":
      return new Unwell(at, "end connections that nobody uses, or raise max_connections");
    default:
      return new Error(at);
  }
}

function judge(at: string, { version, used, most, isStandby, lag }: Row): DependencyAnswer {
  const standby = isStandby ? [`standby${lag === null ? "" : `, ${lag.toFixed(1)} s behind`}`] : [];
  const says = [`${at}: PostgreSQL ${version}`, `${used} of ${most} connections`, ...standby].join(", "); // prettier-ignore
  if (used >= most * FULL_SHARE) {
    const mend = "raise max_connections, or have services keep fewer: a release doubles them";
    return { condition: "warning", says, mend };
  }
  if (lag !== null && lag > MOST_LAG_SECONDS) {
    const mend = "see why the standby cannot follow: its disk, its network, or a long query there";
    return { condition: "warning", says, mend };
  }
  return { condition: "good", says };
}
