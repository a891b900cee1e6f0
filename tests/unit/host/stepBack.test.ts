import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { STEPPED_BACK_PRIORITY, URGENT_VARIABLE } from "../../../host/stepBack";
import { packageRoot } from "../../../config/project";

const directory = mkdtempSync(path.join(os.tmpdir(), "maestro-step-back-"));
/** What the kernel calls as it calls Pulumi's CLI. */
const cli = path.join(directory, "pulumi");
const children: ChildProcess[] = [];
/** What those have started, which does not end with them. */
const started: number[] = [];

beforeAll(() => copyFileSync(process.execPath, cli));

afterAll(() => {
  children.forEach((child) => child.kill("SIGKILL"));
  for (const pid of started) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  rmSync(directory, { recursive: true, force: true });
});

/** The program of an update: has everything step back, says its process, and stays. */
const PROGRAM = `
  require(${JSON.stringify(path.join(packageRoot(), "bin/load"))}).load("host/stepBack.ts").stepBackForUpdate(process.env);
  console.log(process.pid);
  setInterval(() => undefined, 1000);
`;

/** A process that starts a plugin and the program, as Pulumi's CLI does, and says the plugin's process. */
const PARENT = `
  const { spawn } = require("node:child_process");
  const plugin = spawn(process.argv[1], ["-e", "setInterval(() => undefined, 1000)"]);
  console.log(plugin.pid);
  spawn(process.argv[1], ["-e", process.argv[2]], { stdio: "inherit" });
  process.on("exit", () => plugin.kill());
`;

/** @returns the processes: parent, plugin, program. */
async function run(
  executable: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<[number, number, number]> {
  const env = { ...process.env, ...environment };
  const child = spawn(executable, ["-e", PARENT, process.execPath, PROGRAM], { env });
  children.push(child);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  while (said.split("\n").length < 3) await once(child.stdout, "data");
  const [plugin, program] = said.split("\n").map(Number) as [number, number];
  started.push(plugin, program);
  return [child.pid!, plugin, program];
}

function prioritiesOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return [...new Set(threads.map((thread) => os.getPriority(thread)))];
}

/** Tests that run with a lower priority already keep theirs. */
const LOWERED = Math.max(os.getPriority(), STEPPED_BACK_PRIORITY);

it("lowers the priority of all threads of Pulumi's CLI and of what it has started", async () => {
  const processes = await run(cli);
  for (const pid of processes) expect(prioritiesOf(pid)).toEqual([LOWERED]);
});

it("lowers none but its own priority where no CLI has started it", async () => {
  const usual = os.getPriority();
  const [parent, plugin, program] = await run(process.execPath);
  expect(prioritiesOf(program)).toEqual([LOWERED]);
  expect([parent, plugin].flatMap(prioritiesOf)).toEqual([usual, usual]);
});

it.each<[string, NodeJS.ProcessEnv]>([
  ["is urgent", { [URGENT_VARIABLE]: "true" }],
  ["is for a host over SSH", { PULUMI_CONFIG: '{"maestro:host":"ssh://deploy@web-1"}' }],
])("lowers no priority where the update %s", async (_why, environment) => {
  const processes = await run(cli, environment);
  expect(processes.flatMap(prioritiesOf)).toEqual(Array(3).fill(os.getPriority()));
});
