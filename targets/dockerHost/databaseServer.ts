import type Docker from "dockerode";
import { containerState } from "../../host/engine";
import { execWithInput, type ExecOutcome } from "../../host/execWithInput";
import { CATALOG_QUERY, type Catalog } from "../../rules/database/databaseCatalog";
import { sleep } from "../timing";

const READY_DEADLINE_SECONDS = 60;
const PSQL = ["psql", "-X", "-q", "-At", "-h", "/tmp", "-U", "postgres", "-v", "ON_ERROR_STOP=1"];

/** Exit code of psql where it gets no connection, or loses it. */
const NO_CONNECTION = 2;
/** Nobody waits for a server that hangs, nor leaves a psql behind that does. */
const PATIENT_SECONDS = 5;
const IMPATIENT = [
  "-d",
  `connect_timeout=${PATIENT_SECONDS} options=-cstatement_timeout=${PATIENT_SECONDS}s`,
];

/**
 * Runs SQL as the server's own user and returns what it answers. It goes by standard input: a password on a command
 * line could be read by every user of the host.
 */
export async function runSql(engine: Docker, server: string, sql: string): Promise<string> {
  return answerOf(server, await execWithInput(engine, server, PSQL, sql));
}

/**
 * As {@link runSql}, within seconds.
 *
 * @returns null: the server does not run, or lets nobody in.
 */
export async function askServer(
  engine: Docker,
  server: string,
  sql: string,
): Promise<string | null> {
  try {
    const result = await execWithInput(engine, server, [...PSQL, ...IMPATIENT], sql);
    return result.exitCode === NO_CONNECTION ? null : answerOf(server, result);
  } catch (error) {
    // There is no such container, or it does not run.
    if ([404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) return null;
    throw error;
  }
}

function answerOf(server: string, { exitCode, stdout, stderr }: ExecOutcome): string {
  if (exitCode !== 0) throw new Error(`${server}: psql failed: ${stderr}`);
  return stdout.toString("utf8");
}

/** The server's roles and databases as they are now. */
export async function readCatalog(engine: Docker, server: string): Promise<Catalog> {
  return JSON.parse(await runSql(engine, server, `${CATALOG_QUERY};`)) as Catalog;
}

/** Waits for a server that starts, not for one that somebody has stopped. */
export async function waitUntilReady(engine: Docker, name: string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_SECONDS * 1000;
  for (;;) {
    const state = await containerState(engine, name);
    if (state === null || state === "exited") {
      throw new Error(
        state === null
          ? `${name}: the database server is gone; \`pulumi refresh\`, and the next update makes it again on its volume`
          : `${name}: the database server is stopped; start it with \`docker start ${name}\`, then run the update again`,
      );
    }
    if (state === "running" && (await answers(engine, name))) return;
    if (performance.now() > deadline) {
      throw new Error(
        `${name}: the database does not accept connections after ${READY_DEADLINE_SECONDS} s; see \`docker logs ${name}\``,
      );
    }
    await sleep(200);
  }
}

async function answers(engine: Docker, name: string): Promise<boolean> {
  try {
    return (await execWithInput(engine, name, ["pg_isready", "-h", "/tmp"], "")).exitCode === 0;
  } catch (error) {
    // It has stopped since it was looked at.
    if ((error as { statusCode?: number }).statusCode === 409) return false;
    throw error;
  }
}
