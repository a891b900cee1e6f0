import path from "node:path";
import type { Command } from "commander";
import { changeOrigin } from "../../config/changeOrigin";
import { changePlace } from "../../config/changePlace";
import { stateRoot } from "../../config/paths";
import { instanceRoot } from "../../config/project";
import { admit, type Admission } from "../../gates/access";
import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import { localFiles } from "../../host/localHost";
import { RecordFiles } from "../../host/recordFiles";
import type { EventFacts } from "../../records/event";
import { EventLog } from "../../records/events";
import type { StackRecords } from "../../records/stackRecords";
import { roleFor, WITHOUT_HOST } from "../../rules/access/commandRoles";
import { plainText } from "../../rules/plainText";
import { noteEvent, writeEvent } from "../../steps/shared/noteEvent";
import { readUnreleasedSettings } from "./stackFile";

const REASON_LENGTH = 2_000;

/** What a command that changes something is told of it. */
export interface ChangeOptions {
  /** Left out: it concerns no stack. */
  readonly stack?: string;
  readonly reason?: string;
  /** Nothing is changed. */
  readonly preview?: boolean;
}

/** A command that may begin. */
export interface BegunChange {
  readonly command: string;
  readonly stack: string | null;
  /** Null: the project has no rules for who may. */
  readonly admission: Admission | null;
}

/** Adds the option by which such a command is told why. */
export function addReason(command: Command): Command {
  return command.option("--reason <text>", "why, for the record (default: MAESTRO_REASON)");
}

/**
 * Has a command that changes something begin: whoever runs it may, by the project's access.yaml, and it is on record who it
 * is, from where and why, before anything is touched. A preview changes nothing, and is neither asked nor recorded.
 *
 * @param command with its subcommand, as `secrets set`.
 * @throws Error naming the role that is needed.
 */
export async function beginChange(command: string, options: ChangeOptions): Promise<void> {
  const begun = await admitChange(command, options);
  if (begun !== null) await recordChange(begun);
}

/**
 * The first half of {@link beginChange}, for a command that goes to the stack's host by itself and records it there.
 *
 * @returns null: there is nothing to record.
 */
export async function admitChange(
  command: string,
  { stack, reason, preview = false }: ChangeOptions,
): Promise<BegunChange | null> {
  const needs = roleFor(command, preview);
  if (needs === "viewer") return null;
  // Pulumi calls a stack by its organization and its project too.
  const name = stack === undefined ? null : stack.slice(stack.lastIndexOf("/") + 1);
  const what = `maestro ${command}`;
  const admission = await admit(instanceRoot(), { what, stack: name, needs });
  // For all that the command does: the events of its steps, and of an update, say the same.
  if (reason !== undefined) process.env["MAESTRO_REASON"] = reason;
  return { command, stack: name, admission };
}

/** Puts a command on record with what has happened to its stack, or on this machine where that is not to be had. */
async function recordChange(begun: BegunChange): Promise<void> {
  const isNoted = begun.stack !== null && (await isNotedWithStack(begun.stack, begun));
  if (!isNoted) await recordOnMachine(begun);
}

/** False: the stack has no record yet, or its host must not be waited for or cannot be reached. */
async function isNotedWithStack(stack: string, begun: BegunChange): Promise<boolean> {
  try {
    const { host: address, directory } = readUnreleasedSettings(stack);
    if (address !== null && WITHOUT_HOST.includes(begun.command)) return false;
    return await withHost(address, async (host) => {
      const { records } = new HostDirectory(host, directory);
      if (!(await records.exists())) return false;
      await recordChangeIn(records, begun);
      return true;
    });
  } catch {
    // What is wrong is the command's to tell; it is on record on this machine then.
    return false;
  }
}

/** The second half of {@link beginChange}, for who has the stack's records at hand. */
export async function recordChangeIn(records: StackRecords, begun: BegunChange): Promise<void> {
  const facts = factsOf(begun);
  if (facts.kind === "access overridden") await writeEvent(records, facts);
  else await noteEvent(records, facts);
}

/** What this machine keeps of commands that no stack's host has heard of: a log of the same kind, in `.maestro/audit`. */
export function machineLog(): EventLog {
  return new EventLog(new RecordFiles(localFiles, path.join(stateRoot(), "audit")));
}

async function recordOnMachine(begun: BegunChange): Promise<void> {
  const facts = factsOf(begun);
  const reason = facts.reason ?? process.env["MAESTRO_REASON"];
  try {
    await machineLog().append({
      ...facts,
      ...(reason ? { reason: plainText(reason.trim(), REASON_LENGTH) } : {}),
      ...(begun.stack === null ? {} : { stack: begun.stack }),
      where: changePlace(),
      ...changeOrigin(() => undefined),
    });
  } catch (error) {
    if (facts.kind === "access overridden") throw error;
    console.error(`"${begun.command}" is not on record: ${(error as Error).message}`);
  }
}

function factsOf({ command, admission }: BegunChange): EventFacts {
  if (admission === null) return { kind: "command", command };
  const { caller, roles, access, brokeGlass } = admission;
  const by = { caller, roles, ...(access === null ? {} : { access }) };
  if (brokeGlass === null) return { kind: "command", command, ...by };
  console.error(`access.yaml is passed by ${caller}: ${brokeGlass}`);
  return { kind: "access overridden", command, ...by, reason: brokeGlass };
}
