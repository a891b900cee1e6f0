import type Docker from "dockerode";
import { withHost } from "../host/connectHost";
import { containerState } from "../host/engine";
import { execWithInput } from "../host/execWithInput";
import type { MigrationInput } from "../release/operationInput";
import { ownDatabase, postgresContainerName, provisionSql } from "../release/postgresLayout";
import { openStore } from "../secretStore/openStore";
import { projectName, projectRoot } from "../config/project";
import { readInput, sleep } from "./shared/input";

const READY_DEADLINE_SECONDS = 60;

/**
 * Makes a role and a database for each service whose DATABASE_URL names the stack's own server. Another server's
 * databases are their owner's matter. Can be run any number of times.
 */
export async function main(): Promise<void> {
  const input = readInput<MigrationInput>();
  const { prefix, secrets, stack } = input;
  const store = await openStore({ secrets, stack, project: projectName(), root: projectRoot() });
  const statements: string[] = [];
  for (const [service, { secretVersion }] of Object.entries(input.services)) {
    const values = secretVersion === null ? {} : await store.read(service, secretVersion);
    const own = ownDatabase(prefix, values["DATABASE_URL"] ?? "");
    if (own) statements.push(provisionSql(own));
  }
  if (statements.length === 0) {
    console.log("no service's DATABASE_URL names the stack's own server");
    return;
  }
  await withHost(input.host, async (host) => {
    const engine = await host.engine();
    const name = postgresContainerName(prefix);
    const psql = ["psql", "-X", "-q", "-h", "/tmp", "-U", "postgres", "-v", "ON_ERROR_STOP=1"];
    await waitUntilReady(engine, name);
    // By standard input: a password on a command line could be read by every user of the host.
    const result = await execWithInput(engine, name, psql, statements.join("\n"));
    if (result.exitCode !== 0) throw new Error(`${name}: psql failed: ${result.stderr}`);
  });
  console.log(`databases of ${Object.keys(input.services).join(", ")} are there`);
}

/** Waits for a server that starts, not for one that somebody has stopped. */
async function waitUntilReady(engine: Docker, name: string): Promise<void> {
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
