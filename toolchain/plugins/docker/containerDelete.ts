import { setTimeout as sleep } from "node:timers/promises";
import type { DeleteOperation } from "../resourceType";
import { EngineError, type Engine } from "./engine";
import { toText } from "./spec";

const REMOVAL_POLL_MILLISECONDS = 100;
const REMOVAL_TIMEOUT_MILLISECONDS = 60_000;

/**
 * Stops the container, with `destroyGraceSeconds` between its stop signal and SIGKILL (none where it is not set), and
 * removes it. A container that is already gone is what the delete was for.
 */
export async function deleteContainer(
  engine: Engine,
  { id, state, signal }: DeleteOperation,
): Promise<void> {
  const where = `container ${toText(state.name)} on ${engine.address.text}`;
  if (state.attach !== true) {
    const grace = typeof state.destroyGraceSeconds === "number" ? state.destroyGraceSeconds : 0;
    await engine
      .request("POST", `/containers/${id}/stop`, { query: { t: Math.max(grace, 0) }, signal })
      .catch((error: unknown) => unlessMissing(error, `${where}: unable to stop container`));
  }
  const query = { force: true, v: state.removeVolumes !== false };
  await engine.request("DELETE", `/containers/${id}`, { query }).catch(async (error: unknown) => {
    // `rm` lets Docker remove a stopped container itself.
    if (error instanceof EngineError && error.message.includes("is already in progress")) {
      await waitUntilGone(engine, id, signal);
    } else {
      unlessMissing(error, `${where}: unable to remove container`);
    }
  });
}

function unlessMissing(error: unknown, what: string): void {
  if (!(error instanceof EngineError && error.status === 404)) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function waitUntilGone(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + REMOVAL_TIMEOUT_MILLISECONDS;
  while (Date.now() < deadline) {
    try {
      await engine.request("GET", `/containers/${id}/json`);
    } catch (error) {
      unlessMissing(error, "unable to look for the container");
      return;
    }
    await sleep(REMOVAL_POLL_MILLISECONDS, undefined, { signal });
  }
}
