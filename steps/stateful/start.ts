import { ensureImages } from "../../host/images";
import { lastLogLines } from "../../host/engine";
import { startAgain } from "../../host/restartPolicy";
import {
  createStateful,
  findStateful,
  joinStateful,
  takeStateful,
  type StatefulContainer,
} from "../../host/statefulContainers";
import { withHealth } from "../../host/statefulHealth";
import { ownVolume } from "../../host/statefulVolumes";
import { hashOf, type StatefulPlan } from "../../rules/stateful/statefulPlan";
import { causeOfDeath } from "../../targets/dockerHost/parts";
import { sleep } from "../../targets/timing";
import type { StatefulTask } from "./task";

/** Looks in a row that must find it well. */
const PASSES = 2;
const LOG_LINES = 20;

interface NewContainer {
  /** Whether its volume is new. */
  readonly isEmpty: boolean;
  /** Plans whose secrets are still needed. */
  readonly others: readonly StatefulPlan[];
}

/** Makes a container on a volume, starts it, and has services find it once it is well. */
export async function startNew(
  task: StatefulTask,
  plan: StatefulPlan,
  volume: string,
  its: NewContainer,
): Promise<void> {
  await joinStateful(task, await startAlone(task, plan, volume, its));
}

/** Makes a container on a volume, and waits until it is well. No service finds it. */
export async function startAlone(
  task: StatefulTask,
  plan: StatefulPlan,
  volume: string,
  { isEmpty, others }: NewContainer,
): Promise<StatefulContainer> {
  await ensureImages(task.engine, [plan.image]);
  await task.deliver(plan, others);
  const container = await createStateful(task, plan, volume);
  if (isEmpty) await ownVolume(task, plan.image, volume, plan.user);
  await container.start();
  return proveWell(task, plan);
}

/**
 * Has what is on record run, whatever has become of its container: the one that is there is started again, and one that
 * is missing or not as recorded is made anew on its volume.
 */
export async function keepRunning(
  task: StatefulTask,
  plan: StatefulPlan,
  volume: string,
): Promise<void> {
  const { current, before } = await findStateful(task);
  if (before) await takeStateful(task.engine, before.id, plan.stopGraceSeconds);
  if (current && current.hash !== hashOf(plan, volume)) {
    await takeStateful(task.engine, current.id, plan.stopGraceSeconds);
    return startNew(task, plan, volume, { isEmpty: false, others: [] });
  }
  if (!current) return startNew(task, plan, volume, { isEmpty: false, others: [] });
  if (!current.isRunning) {
    await task.deliver(plan, []);
    await startAgain(task.engine.getContainer(current.id));
  }
  await joinStateful(task, await proveWell(task, plan));
}

/**
 * Waits until the service's container is well.
 *
 * @throws Error with the last lines of its log where it is not in time, or has ended.
 */
async function proveWell(task: StatefulTask, plan: StatefulPlan): Promise<StatefulContainer> {
  const { engine, service } = task;
  const { current } = await findStateful(task);
  if (!current) throw new Error(`${service}: its container is gone; run the update again`);
  // It may end while somebody is about to look beside it.
  const problem = await findUnwell(task, plan, current).catch(
    async (error: Error) => (await causeOfDeath(engine.getContainer(current.id))) ?? error.message,
  );
  if (problem === null) return current;
  const log = await lastLogLines(engine, current.id, LOG_LINES).catch(() => []);
  throw new Error([`${service}: ${problem}`, ...log.map((line) => `  ${line}`)].join("\n"));
}

/** Why a container has not become well in time; null: it has. */
export async function findUnwell(
  task: Pick<StatefulTask, "engine" | "prefix" | "service">,
  plan: StatefulPlan,
  { id }: Pick<StatefulContainer, "id">,
): Promise<string | null> {
  const { intervalMilliseconds, deadlineSeconds } = plan.health;
  const container = task.engine.getContainer(id);
  const deadline = performance.now() + deadlineSeconds * 1000;
  const early = await causeOfDeath(container);
  if (early !== null) return early;
  return withHealth(task, id, plan, async (ask) => {
    for (let passes = 0; ;) {
      // A container that ends is restarted, and asking in between is an error of the Engine's.
      const problem = await ask().catch((error: Error) => error.message);
      passes = problem === null ? passes + 1 : 0;
      if (passes === PASSES) return null;
      const death = await causeOfDeath(container);
      if (death !== null) return death;
      if (performance.now() > deadline) {
        return `not well within ${deadlineSeconds} s: ${problem ?? "it was for a moment alone"}`;
      }
      await sleep(intervalMilliseconds);
    }
  });
}
