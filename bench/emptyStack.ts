import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { packageRoot } from "../config/project";
import { stateRoot } from "../config/paths";
import { timedRun, type TimedRun } from "./timedRun";

const PROJECT =
  "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n";
const STACK = "bench-empty";

/** A stack whose program does nothing: what Pulumi itself costs on this machine. */
export class EmptyStack {
  private constructor(private readonly directory: string) {}

  static async create(): Promise<EmptyStack> {
    const directory = path.join(stateRoot(), "bench", "empty");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(path.join(directory, "state"), { recursive: true });
    symlinkSync(path.join(packageRoot(), "node_modules"), path.join(directory, "node_modules"));
    writeFileSync(path.join(directory, "Pulumi.yaml"), PROJECT);
    writeFileSync(path.join(directory, "package.json"), "{}\n");
    writeFileSync(path.join(directory, "index.js"), '"use strict";\n');
    const stack = new EmptyStack(directory);
    await stack.pulumi("stack", "init", STACK);
    await stack.up();
    return stack;
  }

  up(): Promise<TimedRun> {
    return this.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", STACK);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private pulumi(...args: string[]): Promise<TimedRun> {
    const backend = { PULUMI_BACKEND_URL: `file://${path.join(this.directory, "state")}` };
    const secrets = { PULUMI_CONFIG_PASSPHRASE: "test" };
    const env = { ...pulumiEnvironment(), ...backend, ...secrets, CI: "true" };
    return timedRun("pulumi", args, { cwd: this.directory, env });
  }
}
