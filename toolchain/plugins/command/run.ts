import { spawn, type ChildProcess } from "node:child_process";
import type { Properties, Value } from "../../rpc/values";
import type { Operation } from "../resourceType";

/** How long canceled commands may take to clean up before they are killed. */
const KILL_DELAY_MILLISECONDS = 2_000;
const DEFAULT_INTERPRETER = ["/bin/sh", "-c"];

/** What a command printed, without the last line end. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();

/** Ends every command at once, for the plugin's own end. */
export function killAll(): void {
  for (const child of running) {
    signalGroup(child, "SIGKILL");
  }
}

/** Runs a script with the settings of a Command resource. Fails, with everything it printed, unless it exits with 0. */
export async function run(
  script: string,
  settings: Properties,
  previous: { readonly stdout: Value; readonly stderr: Value },
  { signal, urn, log }: Operation,
): Promise<CommandOutput> {
  const [program = "", ...argv] = interpreterOf(settings);
  const child = spawn(program, [...argv, script], {
    cwd: typeof settings.dir === "string" ? settings.dir : process.cwd(),
    env: environmentOf(settings, previous),
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that a cancel reaches what the command started, too.
    detached: true,
  });
  running.add(child);
  const cancel = () => {
    signalGroup(child, "SIGTERM");
    setTimeout(() => signalGroup(child, "SIGKILL"), KILL_DELAY_MILLISECONDS).unref();
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const print = (line: string) => log.status(urn, line);
    const text = collect(child, loggedStreams(settings.logging), print);
    child.stdin.on("error", () => undefined);
    child.stdin.end(typeof settings.stdin === "string" ? settings.stdin : "");
    if (signal.aborted) {
      cancel();
    }
    const outcome = await ended(child);
    if (outcome !== "exit status 0") {
      const canceled = signal.aborted ? "canceled, " : "";
      throw new Error(`${canceled}${outcome}: running ${JSON.stringify(script)}:\n${text.all()}`);
    }
    return { stdout: text.stdout(), stderr: text.stderr() };
  } finally {
    signal.removeEventListener("abort", cancel);
    running.delete(child);
  }
}

function interpreterOf({ interpreter }: Properties): string[] {
  return Array.isArray(interpreter) && interpreter.length > 0
    ? (interpreter as string[])
    : DEFAULT_INTERPRETER;
}

function environmentOf(
  settings: Properties,
  previous: { readonly stdout: Value; readonly stderr: Value },
): NodeJS.ProcessEnv {
  const addPrevious = settings.addPreviousOutputInEnv !== false;
  return {
    ...process.env,
    ...(settings.environment as Record<string, string> | null | undefined),
    ...(addPrevious && previous.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout as string } : {}),
    ...(addPrevious && previous.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr as string } : {}),
  };
}

function loggedStreams(logging: Value | undefined) {
  const both = logging === undefined || logging === null || logging === "stdoutAndStderr";
  return { stdout: both || logging === "stdout", stderr: both || logging === "stderr" };
}

function collect(
  child: ChildProcess,
  logged: { readonly stdout: boolean; readonly stderr: boolean },
  print: (line: string) => void,
) {
  const all: Buffer[] = [];
  const gather = (name: "stdout" | "stderr") => {
    const chunks: Buffer[] = [];
    let rest = "";
    child[name]?.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      all.push(chunk);
      if (logged[name]) {
        const lines = (rest + chunk.toString("utf8")).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach(print);
      }
    });
    child[name]?.on("end", () => {
      if (rest !== "") {
        print(rest);
      }
    });
    return () => Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
  };
  const stdout = gather("stdout");
  const stderr = gather("stderr");
  return { stdout, stderr, all: () => Buffer.concat(all).toString("utf8") };
}

/** How a command ended, in the words of the official plugin. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(`could not start: ${error.message}`));
    child.on("close", (code, signal) =>
      resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`),
    );
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
