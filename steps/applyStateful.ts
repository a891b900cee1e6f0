import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { findStateful, takeStateful } from "../host/statefulContainers";
import { listVolumes } from "../host/statefulVolumes";
import {
  parseStatefulWish,
  STATEFUL_VARIABLE,
  type StatefulRecord,
} from "../rules/stateful/statefulDecision";
import {
  describeChange,
  isSamePlan,
  volumeName,
  type StatefulPlan,
} from "../rules/stateful/statefulPlan";
import type { StatefulInput } from "../rules/stepInput";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";
import { listenForSignals } from "./shared/signals";
import { deliverFiles } from "./stateful/deliverFiles";
import { finish, replace, takeBack, type AppliedRecord } from "./stateful/replace";
import { keepRunning, startNew } from "./stateful/start";
import type { StatefulTask } from "./stateful/task";

/**
 * Makes a stateful service run as its update says: for the first time, as it did before, or, in the update that
 * `maestro stateful update` has begun, as something else.
 */
export async function main(): Promise<void> {
  const input = readInput<StatefulInput>("applyStateful");
  // A wish to end is granted where what ran before runs again.
  const cancellation = listenForSignals();
  try {
    await withHost(input.host, (host) => apply(host, input));
  } finally {
    cancellation.stop();
  }
}

async function apply(host: Host, input: StatefulInput): Promise<void> {
  const { prefix, service, plan, number } = input;
  const engine = await host.engine();
  const directory = new HostDirectory(host, input.directory);
  const place = { engine, prefix, service };
  const task: StatefulTask = {
    ...{ ...place, directory },
    deliver: (its, others) => deliverFiles(place, input, its, others),
  };
  const record = await directory.records.stateful.read(service);
  if (!isApplied(record)) return startFirst(task, plan, { number, volume: record?.volume ?? null });
  const { applied, volume, update: begun } = record;
  const kept = { number, applied, volume, ...(begun && { update: begun }) };
  if (isSamePlan(record.applied, plan)) return keep(task, kept);
  await update(task, kept, plan);
}

function isApplied(record: StatefulRecord | null): record is AppliedRecord {
  return record !== null && record.applied !== null;
}

/** On an empty volume, or on what a stack of this name has left: then as nobody but an operator knows. */
async function startFirst(
  task: StatefulTask,
  plan: StatefulPlan,
  { number, volume }: { readonly number: number; readonly volume: string | null },
): Promise<void> {
  const { engine, prefix, service, directory } = task;
  const { stateful } = directory.records;
  const left = await listVolumes(task);
  if (volume === null && left.length > 1) {
    throw new Error(
      `${service}: there are several volumes of it, and no record says which holds its data: ${left.join(", ")}; ` +
        `remove the others by \`docker volume rm\``,
    );
  }
  const its = volume ?? left[0] ?? volumeName(prefix, service, 1);
  await stateful.write(service, { number, applied: null, volume: its });
  const found = await findStateful(task);
  if (found.current) await takeStateful(engine, found.current.id, plan.stopGraceSeconds);
  try {
    await startNew(task, plan, its, { isEmpty: !left.includes(its), others: [] });
  } catch (error) {
    const { current } = await findStateful(task);
    if (current) await takeStateful(engine, current.id, plan.stopGraceSeconds);
    throw error;
  }
  await stateful.write(service, { number, applied: plan, volume: its });
  console.log(`${service} runs, its data are in the volume ${its}`);
}

/** What is down must not keep a release in, or one from going back: it is said, and the next update tries again. */
async function keep(task: StatefulTask, record: AppliedRecord): Promise<void> {
  const { service, directory } = task;
  const { stateful } = directory.records;
  try {
    if (record.update) {
      await takeBack(task, record);
      console.log(`${service}: an update that did not come to its end is taken back`);
    } else {
      await keepRunning(task, record.applied, record.volume);
      await stateful.write(service, record);
    }
  } catch (error) {
    await stateful.write(service, record);
    console.log(
      `WARNING: ${service} does not run as it is to: ${(error as Error).message}\nthe next update tries it again`,
    );
  }
}

async function update(task: StatefulTask, before: AppliedRecord, to: StatefulPlan): Promise<void> {
  const { service, directory } = task;
  const record = before.update ? await takeBack(task, before) : before;
  const change = describeChange(record.applied, to);
  const backup = parseStatefulWish(process.env[STATEFUL_VARIABLE])?.backup;
  const from = backup === undefined ? "" : `; backup ${backup}`;
  const done = await replace(task, record, to).catch(async ({ message }: Error) => {
    const reason = `${change}${from}: ${message}`;
    await noteEvent(directory.records, { kind: "stateful not updated", service, reason });
    throw new Error(await undo(task, message));
  });
  const reason = `${change}${from}; data before: volume ${record.volume}`;
  await noteEvent(directory.records, { kind: "stateful updated", service, reason });
  await finish(task, done).catch(({ message }: Error) => {
    throw new Error(
      `${service} is updated, and services do not find it yet: ${message}\nthe next \`pulumi up\` tries it again`,
    );
  });
  console.log(
    `${service} is updated: ${change}\nits data before that stay in the volume ${record.volume}; ` +
      `\`docker volume rm ${record.volume}\` forgets them`,
  );
}

/** @returns what an operator is told of an update that has failed. */
async function undo(task: StatefulTask, message: string): Promise<string> {
  const { service, directory } = task;
  const record = await directory.records.stateful.read(service);
  if (!isApplied(record)) return message;
  try {
    await takeBack(task, record);
    return `${message}\n${service} is not updated: what ran before runs again, on its data of before`;
  } catch (error) {
    return (
      `${message}\n${service} is not updated, and what ran before does not run either: ${(error as Error).message}\n` +
      `its data are whole in the volume ${record.volume}; the next \`pulumi up\` tries again to start it`
    );
  }
}
