import type Docker from "dockerode";
import { containerState } from "../../host/engine";
import { execWithInput } from "../../host/execWithInput";
import { CATALOG_QUERY, type Catalog } from "../../rules/database/databaseCatalog";
import { sleep } from "../timing";

const READY_DEADLINE_SECONDS = 60;
const PSQL = ["psql", "-X", "-q", "-At", "-h", "/tmp", "-U", "postgres", "-v", "ON_ERROR_STOP=1"];

/**
 * Runs SQL as the server's own user and returns what it answers. It goes by standard input: a password on a command
 * line could be read by every user of the host.
 */
export async function runSql(engine: Docker, server: string, sql: string): Promise<string> {
  const result = await execWithInput(engine, server, PSQL, sql);
  if (result.exitCode !== 0) throw new Error(`${server}: psql failed: ${result.stderr}`);
  return result.stdout.toString("utf8");
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
