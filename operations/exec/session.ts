import { Command } from "commander";
import type Docker from "dockerode";
import { stackPrefix } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { runInside, type SessionStreams } from "../../host/execSession";
import { HostDirectory } from "../../host/hostDirectory";
import { noteEvent } from "../../steps/shared/noteEvent";
import { addReason, admitChange, recordChangeIn } from "../shared/beginChange";
import { DEFAULT_STACK, readStackSettings } from "../shared/stackFile";
import { commandName } from "./commandName";
import { withDebugContainer } from "./debugContainer";
import { findContainer, type FoundContainer } from "./findContainer";

export interface SessionOptions {
  readonly stack: string;
  readonly set: string;
  readonly replica: string;
  readonly user?: string;
  /** Image of a debug container; true: the edge's. Left out: no debug container is asked for. */
  readonly image?: string | true;
  readonly reason?: string;
}

/** What is to run, and where. */
export interface Wish {
  readonly command: readonly string[];
  /** Whether it must run in a container beside the service's. */
  readonly isBeside: boolean;
}

const SETS = ["active", "idle", "blue", "green"] as const;

/** The options of every command that runs something inside of a service. */
export function addSessionOptions(command: Command): Command {
  return addReason(command)
    .option("--stack <name>", "stack of the service", DEFAULT_STACK)
    .option("--set <set>", "active, idle, blue or green", "active")
    .option("--replica <number>", "which of its containers", "0")
    .option("--user <user>", "uid, uid:gid or name (default: the service's own)")
    .option("--image [reference]", "in a container of this image beside it (default: the edge's)");
}

/**
 * Runs something inside of a service, or beside it, with this process's terminal where it has one.
 *
 * @param name `exec` or `console`: who may not is refused; what is run goes on record here, with more than others tell.
 * @param choose what to run, once the container is known.
 * @returns the command's exit code.
 */
export async function runSession(
  name: "exec" | "console",
  service: string,
  options: SessionOptions,
  choose: (engine: Docker, container: FoundContainer) => Promise<Wish>,
): Promise<number> {
  const choice = choiceOf(service, options);
  const begun = await admitChange(name, options);
  const settings = readStackSettings(options.stack);
  return withHost(settings.host, async (host) => {
    const engine = await host.engine();
    const directory = new HostDirectory(host, settings.directory);
    const found = await findContainer(engine, directory, choice);
    const { command, isBeside } = await choose(engine, found);
    const image = typeof options.image === "string" ? options.image : settings.edge.image;
    // By which role, or in spite of it; without an access.yaml the command's own event says all.
    if (begun?.admission) await recordChangeIn(directory.records, begun);
    await noteCommand(directory, service, found, command, isBeside ? image : null);
    const streams = ownStreams();
    const user = options.user === undefined ? {} : { user: options.user };
    const terminal = streams.terminal
      ? { environment: [`TERM=${process.env["TERM"] ?? "xterm"}`] }
      : {};
    const run = (container: string) =>
      onTerminal(streams, () =>
        runInside(engine, container, { command, ...user, ...terminal }, streams),
      );
    const beside = { prefix: choice.prefix, target: found.id, image, ...user };
    return isBeside ? withDebugContainer(engine, beside, run) : run(found.id);
  });
}

/** Before it runs: whoever is killed has run it too. */
function noteCommand(
  { records }: HostDirectory,
  service: string,
  { color, release }: FoundContainer,
  command: readonly string[],
  image: string | null,
): Promise<void> {
  const name = commandName(command);
  const reason = image === null ? name : `${name}, in a container of ${image} beside it`;
  const of = { ...(release === null ? {} : { release }), ...(color === null ? {} : { color }) };
  return noteEvent(records, { kind: "command run", service, reason, ...of });
}

function choiceOf(service: string, { stack, set, replica }: SessionOptions) {
  const known = SETS.find((each) => each === set);
  const problems = [
    ...(known ? [] : [`--set: must be one of ${SETS.join(", ")}, got ${JSON.stringify(set)}`]),
    ...(/^\d{1,3}$/.test(replica)
      ? []
      : [`--replica: must be a number from 0, got ${JSON.stringify(replica)}`]),
  ];
  if (!known || problems.length > 0) throw new Error(problems.join("\n"));
  return { prefix: stackPrefix(stack), service, set: known, replica: Number(replica) };
}

/** A terminal is handed on where both ends of this process are one. */
function ownStreams(): SessionStreams {
  const { stdin, stdout, stderr } = process;
  if (!stdin.isTTY || !stdout.isTTY) return { stdin, stdout, stderr };
  const terminal = {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize: (tell: () => void) => {
      stdout.on("resize", tell);
      return () => void stdout.off("resize", tell);
    },
  };
  return { stdin, stdout, stderr, terminal };
}

/** Keys go to the command as they are, Ctrl+C too; afterwards nothing of the input keeps this process. */
async function onTerminal(
  { terminal }: SessionStreams,
  run: () => Promise<number>,
): Promise<number> {
  const { stdin } = process;
  if (terminal) stdin.setRawMode(true);
  try {
    return await run();
  } finally {
    if (terminal) stdin.setRawMode(false);
    stdin.destroy();
  }
}
