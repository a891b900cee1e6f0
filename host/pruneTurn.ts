import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";

/** A volume without content: the one thing that all projects on an engine see, and that is gone with the engine alone. */
const TURN = "maestro-prune";
const TOKEN_LABEL = "io.maestro.turn";

/** How long images are taken away at a stretch, so long a release waits at most. */
const TURN_MILLISECONDS = 2_000;
/** Whoever has a turn for longer was killed, or waits for a disk. */
const STALE_MILLISECONDS = 6_000;
const PAUSE_MILLISECONDS = 100;

/** Says whether there is still time in a turn. */
export type TurnClock = () => boolean;

/**
 * Has a time in which no release begins to use images on this host. A release first writes down which images it is going
 * to use and then waits for the end of a turn that is under way; a turn first reads what is written down. So either the
 * turn sees the release, or the release gets its images after it.
 *
 * @param action must end once the clock says so.
 */
export async function inTurn<T>(
  engine: Docker,
  action: (hasTime: TurnClock) => Promise<T>,
): Promise<T> {
  const token = randomUUID();
  for (;;) {
    // The Engine answers with the volume that is there, where there is one of that name.
    await engine.createVolume({ Name: TURN, Labels: { [TOKEN_LABEL]: token } });
    const holder = await readHolder(engine);
    if (holder === token) break;
    if (holder !== null) await awaitTurnOf(engine, holder);
  }
  const start = performance.now();
  try {
    return await action(() => performance.now() - start < TURN_MILLISECONDS);
  } finally {
    if ((await readHolder(engine)) === token) await endTurn(engine);
  }
}

/** Waits until a turn that is under way has ended; one of somebody who was killed is ended. */
export async function awaitTurn(engine: Docker): Promise<void> {
  const holder = await readHolder(engine);
  if (holder !== null) await awaitTurnOf(engine, holder);
}

async function awaitTurnOf(engine: Docker, token: string): Promise<void> {
  const start = performance.now();
  while ((await readHolder(engine)) === token) {
    if (performance.now() - start > STALE_MILLISECONDS) return endTurn(engine);
    await sleep(PAUSE_MILLISECONDS);
  }
}

/** Whose turn it is; null: nobody's. */
async function readHolder(engine: Docker): Promise<string | null> {
  try {
    const { Labels } = await engine.getVolume(TURN).inspect();
    return (Labels as Record<string, string> | null)?.[TOKEN_LABEL] ?? "";
  } catch (error) {
    return ignoreMissing(error, null);
  }
}

async function endTurn(engine: Docker): Promise<void> {
  try {
    await engine.getVolume(TURN).remove();
  } catch (error) {
    ignoreMissing(error, undefined);
  }
}

function ignoreMissing<T>(error: unknown, instead: T): T {
  if ((error as { statusCode?: number }).statusCode === 404) return instead;
  throw error;
}
