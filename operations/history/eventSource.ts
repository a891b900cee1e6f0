import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import type { StackEvent } from "../../records/event";
import type { EventLog } from "../../records/events";
import type { EventHead } from "../../release/history";
import { machineLog } from "../shared/beginChange";
import { readOutputs } from "../shared/pulumi";
import { readStackSettings } from "../shared/stackFile";

/** Whose record is meant: a stack's, or that of this machine. */
export interface EventSource {
  readonly stack: string;
  readonly machine?: boolean;
}

/** A record as it is. */
export interface ReadEvents {
  /** Oldest first. */
  readonly events: StackEvent[];
  /** The last one, by the record's own note. */
  readonly head: EventHead | null;
}

/** Reads a record. */
export function readEvents({ stack, machine }: EventSource): Promise<ReadEvents> {
  if (machine) return readLog(machineLog());
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, (host) => readLog(new HostDirectory(host, directory).records.events));
}

/**
 * Whoever can write on the host cannot write in Pulumi's state, so its outputs know what the last event was.
 *
 * @returns null: nothing was noted elsewhere, as of this machine's record.
 */
export async function readNoted({ stack, machine }: EventSource): Promise<EventHead | null> {
  return machine ? null : ((await readOutputs(stack)).lastEvent ?? null);
}

async function readLog(log: EventLog): Promise<ReadEvents> {
  // What an update adds meanwhile is in the list then, and not missing from it.
  const head = await log.head();
  return { events: await log.list(), head };
}
