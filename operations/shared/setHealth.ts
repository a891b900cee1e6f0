import type Docker from "dockerode";
import { failureOf } from "../../host/ask";
import { lastLogLines, listSet, type SetContainer } from "../../host/engine";
import { HostError, type Host } from "../../host/host";
import { startAgain } from "../../host/restartPolicy";
import { probePath } from "../../release/edgeLayout";
import { containerName, expectedReplicas } from "../../release/operationInput";
import type { Color, HealthCheckSettings, ReleaseRecord } from "../../release/release";
import { plainText } from "../../release/plainText";
import { describeAnswer, isWell } from "./healthAnswer";
import { elapsed, sleep } from "./input";

/** A set and how to reach it. */
export interface SetUnderTest {
  readonly prefix: string;
  readonly color: Color;
  readonly record: ReleaseRecord;
  readonly previewUrl: string;
}

/** How often the Engine is asked whether a container that is not ready has died, in milliseconds. */
const DEATH_CHECK_MILLISECONDS = 500;
const LOG_LINES = 50;

/** A set is not fit to serve. `logs`: last lines of the container at fault. */
export class SetNotHealthy extends Error {
  constructor(
    message: string,
    readonly logs: readonly string[] = [],
  ) {
    super(message);
  }
}

/** A set does not hold what its release says: the host's fault, not the release's. Made anew by the next update. */
export class SetIncomplete extends SetNotHealthy {}

/**
 * The set's containers, after a look that each one is there and runs the release's image by digest. One that was
 * stopped (`keepPrevious: stopped`, or by hand) is started.
 *
 * @throws SetIncomplete naming the container that is missing or runs something else.
 */
export async function requireContainers(
  engine: Docker,
  set: SetUnderTest,
): Promise<SetContainer[]> {
  const found = new Map(
    (await listSet(engine, set.prefix, set.color)).map((container) => [container.name, container]),
  );
  const problems: string[] = [];
  const containers: SetContainer[] = [];
  for (const { service, replica, image } of expectedReplicas(set.record)) {
    const name = containerName(set.prefix, set.color, service, replica);
    const container = found.get(name);
    if (!container) {
      problems.push(`container ${name} is missing; run the update again, which makes the set anew`);
    } else if (container.image !== image && (await createdFrom(engine, container)) !== image) {
      problems.push(`container ${name} runs ${container.image}, but the release wants ${image}`);
    } else {
      containers.push(container);
    }
  }
  if (problems.length > 0) throw new SetIncomplete(problems.join("\n"));
  await Promise.all(
    containers
      .filter(({ state }) => state === "exited" || state === "created")
      .map(({ id }) => startAgain(engine.getContainer(id))),
  );
  return containers;
}

/** Reference the container was created from; a list shows a bare id once the image has lost that name. */
async function createdFrom(engine: Docker, { id }: SetContainer): Promise<string> {
  return (await engine.getContainer(id).inspect()).Config.Image;
}

/**
 * Waits until every replica has answered its readiness path the wanted number of times in a row, through the edge.
 *
 * @param passes replaces each service's own number of passes.
 * @throws SetNotHealthy at the first container that died, or at the first deadline that passed.
 */
export async function waitUntilReady(
  host: Host,
  set: SetUnderTest,
  containers: readonly SetContainer[],
  passes?: number,
): Promise<void> {
  const abort = new AbortController();
  const start = performance.now();
  const waits = containers.map(async (container) => {
    const { health } = set.record.services[container.service]!;
    await waitForReplica(host, set, container, { ...health, ...(passes ? { passes } : {}) }, abort);
    console.log(`${container.name}: ready after ${elapsed(start)}`);
  });
  try {
    await Promise.all(waits);
  } catch (error) {
    abort.abort();
    throw error;
  }
}

async function waitForReplica(
  host: Host,
  set: SetUnderTest,
  container: SetContainer,
  health: HealthCheckSettings,
  abort: AbortController,
): Promise<void> {
  const url = set.previewUrl + probePath(set.color, container.service, container.replica, "ready");
  const deadline = performance.now() + health.deadlineSeconds * 1000;
  let nextDeathCheck = performance.now() + DEATH_CHECK_MILLISECONDS;
  let passed = 0;
  for (;;) {
    const { ok, result } = await probe(host, url);
    passed = ok ? passed + 1 : 0;
    if (passed >= health.passes || abort.signal.aborted) return;
    const now = performance.now();
    const death = !ok && now > nextDeathCheck ? await causeOfDeath(host, container) : null;
    if (death || now > deadline) {
      const reason =
        death ?? `not ready within ${health.deadlineSeconds} s: ${health.readyPath} gave ${result}`;
      throw new SetNotHealthy(
        `${container.name}: ${reason}`,
        await lastLogLines(await host.engine(), container.id, LOG_LINES).catch(() => []),
      );
    }
    if (now > nextDeathCheck) nextDeathCheck = now + DEATH_CHECK_MILLISECONDS;
    await sleep(health.intervalMilliseconds);
  }
}

async function probe(host: Host, url: string): Promise<{ ok: boolean; result: string }> {
  try {
    const answer = await host.ask(url);
    return isWell(answer)
      ? { ok: true, result: "" }
      : { ok: false, result: describeAnswer(answer) };
  } catch (error) {
    if (error instanceof HostError) throw error;
    return { ok: false, result: failureOf(error) };
  }
}

/** Why a container will not become ready any more; null: it still may. */
async function causeOfDeath(host: Host, container: SetContainer): Promise<string | null> {
  const engine = await host.engine();
  const { State, RestartCount } = await engine.getContainer(container.id).inspect();
  if (State.OOMKilled) return "killed for using more memory than its limit";
  if (RestartCount > 0) {
    // Between two attempts the Engine shows the last exit code, during one it shows 0.
    const code = State.Running ? "" : ` with code ${State.ExitCode}`;
    return `keeps exiting${code}, restarted ${RestartCount} times`;
  }
  if (State.Status === "exited" || State.Status === "dead") {
    return `exited with code ${State.ExitCode}`;
  }
  return null;
}

/** Prints why a set is not fit to serve, with the log lines that tell. */
export function report(error: SetNotHealthy): void {
  console.error(error.message);
  if (error.logs.length > 0) {
    console.error(`last ${error.logs.length} log lines:`);
    // With a mark in front: a line that begins with "::" would be a command to some CI systems.
    for (const line of error.logs) console.error(`  | ${plainText(line)}`);
  }
}
