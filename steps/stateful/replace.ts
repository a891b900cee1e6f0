import { stopForGood } from "../../host/restartPolicy";
import { ensureImages } from "../../host/images";
import { findStateful, ifThere, takeStateful } from "../../host/statefulContainers";
import { copyVolume } from "../../host/statefulVolumes";
import {
  nextVolume,
  statefulName,
  statefulNameBefore,
  type StatefulPlan,
} from "../../rules/stateful/statefulPlan";
import type { StatefulRecord } from "../../rules/stateful/statefulDecision";
import { keepRunning, startAlone } from "./start";
import type { StatefulTask } from "./task";

/** A record of something that runs. */
export type AppliedRecord = StatefulRecord & { readonly applied: StatefulPlan };

/**
 * Has another plan run on a copy of the data, which is made while nobody writes. The container and the volume of before
 * stay as they are, and no service finds the new one: see {@link finish}. So nothing that was written is lost, wherever
 * this ends: see {@link takeBack}.
 *
 * @returns what is on record by then: the new one, which is well.
 * @throws Error why it did not come to that; what ran before is to be taken back then.
 */
export async function replace(
  task: StatefulTask,
  record: AppliedRecord,
  to: StatefulPlan,
): Promise<AppliedRecord> {
  const { engine, prefix, service } = task;
  const { applied, volume } = record;
  const next = nextVolume(prefix, service, volume);
  await ensureImages(engine, [to.image]);
  await write(task, { ...record, update: { to, volume: next } });
  await ifThere(engine.getVolume(next).remove());
  const { current } = await findStateful(task);
  if (current) await stopForGood(engine.getContainer(current.id), applied.stopGraceSeconds);
  console.log(`${service} is stopped, its data are copied into ${next}`);
  await copyVolume(task, to.image, volume, next);
  if (current) {
    await engine.getContainer(current.id).rename({ name: statefulNameBefore(prefix, service) });
  }
  await startAlone(task, to, next, { isEmpty: false, others: [applied] });
  const done = { number: record.number, applied: to, volume: next };
  // Services write to the copy from the moment they find it: from then on nothing may take it back.
  await write(task, done);
  return done;
}

/** Has services find what an update has on record, and takes the container of before away. It may be done twice. */
export async function finish(
  task: StatefulTask,
  { applied, volume }: AppliedRecord,
): Promise<void> {
  await keepRunning(task, applied, volume);
}

/**
 * Has what ran before an update run again, on the data that nobody has touched since, and removes the copy: no service has
 * ever found what ran on it. It may be done twice, and after whatever has ended the update.
 */
export async function takeBack(task: StatefulTask, record: AppliedRecord): Promise<AppliedRecord> {
  const { engine, prefix, service } = task;
  const { update, ...before } = record;
  if (!update) return record;
  const { stopGraceSeconds } = update.to;
  const found = await findStateful(task);
  if (found.current?.volume === update.volume) {
    await takeStateful(engine, found.current.id, stopGraceSeconds);
    found.current = null;
  }
  if (found.before && !found.current) {
    await engine.getContainer(found.before.id).rename({ name: statefulName(prefix, service) });
  }
  await keepRunning(task, before.applied, before.volume);
  await ifThere(engine.getVolume(update.volume).remove());
  await write(task, before);
  return before;
}

function write({ directory, service }: StatefulTask, record: StatefulRecord): Promise<void> {
  return directory.records.stateful.write(service, record);
}
