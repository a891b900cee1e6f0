import execa from "execa";
import { connectEngine } from "../../host/engine";
import { TestStack, type RunResult } from "./testStack";

/** A stack of two services, for updates that are carried out in part. */
export const stack = new TestStack("itest-partial");
const engine = connectEngine();
let image: string;

/** Names the image that both services are made from. */
export function useImage(digest: string): void {
  image = digest;
}

/** A release of two services; another level is another release. */
export function configure(level: string, config: Record<string, unknown> = {}): void {
  const repository = "localhost:5000/maestro/quality-fabric";
  const services = { web: { repository, env: { LEVEL: level } }, api: { repository } };
  stack.configure({
    release: { web: image, api: image },
    servicesFile: stack.writeServices(services),
    // Not drained: nobody uses these sets.
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
    ...config,
  });
}

export async function release(level: string): Promise<RunResult> {
  configure(level);
  return done(await stack.up());
}

// What is bold on a terminal is between two of these.
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

export async function operation(name: string, ...args: string[]): Promise<RunResult> {
  const result = await stack.operation(name, ...args);
  return { ...result, output: result.output.replace(COLORS, "") };
}

export function done(result: RunResult): RunResult {
  if (result.exitCode !== 0) throw new Error(result.output);
  return result;
}

export function refused(result: RunResult): string {
  if (result.exitCode === 0) throw new Error(`was not refused:\n${result.output}`);
  return result.output;
}

export interface Truth {
  readonly color: string;
  readonly release: string;
}

/** What users get, by the edge's own word; the outputs must say the same, and so must their history. */
export async function truth(): Promise<Truth> {
  const answer = await fetch(`${stack.url}/edge/release`);
  const { set: color, release } = (await answer.json()) as { set: string; release: string };
  const outputs = await stack.outputs();
  expect([outputs.activeColor, outputs.release.id]).toEqual([color, release]);
  expect(outputs.history[0]?.release).toBe(release);
  expect(outputs.containerSets[outputs.activeColor]?.id).toBe(release);
  expect(outputs.previousRelease?.id).not.toBe(release);
  return { color, release };
}

export const idleOf = ({ color }: Truth) => (color === "blue" ? "green" : "blue");

/** What a container that users reach was made with. */
export async function levelOf(color: string): Promise<string | undefined> {
  const { Config } = await engine.getContainer(`${stack.prefix}-${color}-web-0`).inspect();
  return Config.Env.find((line) => line.startsWith("LEVEL="));
}

export async function urnOf(name: string): Promise<string> {
  const { resources } = await stack.exported();
  const found = resources.find(({ urn }) => urn.endsWith(`::${name}`));
  if (!found) throw new Error(`the state has no ${name}`);
  return found.urn;
}

export async function editState(change: (text: string) => string): Promise<void> {
  const exported = await stack.pulumi(["stack", "export", "--stack", stack.name]);
  const { stdout } = await execa(
    "pulumi",
    ["stack", "export", "--show-secrets", "--stack", stack.name],
    { env: stack.environment, extendEnv: false },
  );
  expect(exported.exitCode).toBe(0);
  await execa("pulumi", ["stack", "import", "--stack", stack.name], {
    env: stack.environment,
    extendEnv: false,
    input: change(stdout),
  });
}
