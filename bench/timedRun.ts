import execa from "execa";
import { peakMemory } from "./peakMemory";

/** Where and with what a command runs. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a command cost. */
export interface TimedRun {
  readonly seconds: number;
  readonly output: string;
  /** Most memory that the command and its descendants had at once, in megabytes. */
  readonly peakMegabytes: number;
}

/**
 * Runs a command to its end and takes the time.
 *
 * @throws Error with the command's output when it fails: the time of a failure means nothing.
 */
export async function timedRun(
  command: string,
  args: readonly string[],
  { cwd, env }: RunOptions,
  watchMemory = false,
): Promise<TimedRun> {
  const began = performance.now();
  const child = execa(command, args, {
    cwd,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
    maxBuffer: 1024 ** 3,
  });
  const memory = watchMemory && child.pid !== undefined ? peakMemory(child.pid) : null;
  const { exitCode, all = "" } = await child;
  const seconds = (performance.now() - began) / 1000;
  const peakMegabytes = memory?.stop() ?? 0;
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${all}`);
  return { seconds, output: all, peakMegabytes };
}
