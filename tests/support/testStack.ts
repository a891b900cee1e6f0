import type { Readable } from "node:stream";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { parse, stringify } from "yaml";
import { connectEngine } from "../../host/engine";
import { HostDirectory } from "../../host/hostDirectory";
import { localHost } from "../../host/localHost";
import { LABELS } from "../../rules/host/containerLabels";
import type { StackOutputs } from "../../release/stackOutputs";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";
import { packageRoot, projectName, stackFilePath } from "../../config/project";
import { stateRoot } from "../../config/paths";
import { builtImages } from "./builtImages";
import { killTree } from "./processTree";
import { finish, type RunResult } from "./runResult";
import { rolloutOf } from "./testRollout";
import { STACK_INDICES, type StackName } from "./stackIndices";

export { succeed, type RunResult } from "./runResult";
export { builtImages, builtImagesFile } from "./builtImages";

/** In memory on every Linux; a machine that is a container itself has its /run on a disk. */
export const SECRETS_DIRECTORY = "/dev/shm/maestro-tests";

export type StackConfig = Readonly<Record<string, unknown>>;

/** The project whose program a stack runs. */
export interface Project {
  readonly root: string;
  readonly name: string;
}

/**
 * A throwaway stack of the real program: own name, ports, subnet, state and host directory, so that tests disturb
 * neither the user's stacks nor each other. Its file `Pulumi.<name>.yaml` is ignored by git.
 */
export class TestStack {
  readonly prefix: string;
  readonly directory: string;
  readonly url: string;
  readonly previewUrl: string;
  readonly subnet: string;
  readonly host: HostDirectory;
  /** Environment of every command beside the usual one: where AWS is. */
  readonly extraEnvironment: Record<string, string> = {};
  private readonly root = path.join(stateRoot(), "tests");
  private readonly file: string;

  constructor(
    readonly name: StackName,
    readonly project: Project = { root: packageRoot(), name: projectName() },
  ) {
    const index = STACK_INDICES[name];
    this.prefix = `${project.name}-${name}`;
    this.directory = path.join(this.root, name, "host");
    this.host = new HostDirectory(localHost, this.directory);
    this.subnet = `10.${219 + index}.0.0/16`;
    this.url = `http://127.0.0.1:${18080 + index * 10}`;
    this.previewUrl = `http://127.0.0.1:${18081 + index * 10}`;
    this.file = stackFilePath(name, project.root);
  }

  /** The encrypted file that holds the stack's secrets. */
  get secretsFile(): string {
    return path.join(this.project.root, `Pulumi.${this.name}.secrets.yaml`);
  }

  /** One of `npm run secrets`; `input`: the value. */
  secrets(args: readonly string[], input: string | Buffer | Readable = ""): Promise<RunResult> {
    const argv = ["bin/maestro.js", "secrets", ...args, "--stack", this.name];
    return finish(this.start("node", argv, input));
  }

  /** The environment of every command that concerns this stack. */
  get environment(): NodeJS.ProcessEnv {
    const state = path.join(this.root, this.name, "state");
    mkdirSync(state, { recursive: true });
    const backend = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "test" };
    return { ...pulumiEnvironment(), ...backend, ...this.extraEnvironment, CI: "true" };
  }

  /** Writes the stack's configuration; `config` replaces whole `maestro:` keys of the plain one. */
  configure(config: StackConfig): void {
    const before = existsSync(this.file)
      ? (parse(readFileSync(this.file, "utf8")) as { encryptionsalt?: string })
      : {};
    const keys: StackConfig = {
      directory: this.directory,
      registry: { kind: "local", address: "localhost:5000", namespace: "maestro" },
      network: { subnet: this.subnet },
      secrets: { directory: SECRETS_DIRECTORY },
      ...config,
      ...rolloutOf(this.project.root, config),
      edge: {
        image: builtImages().edge,
        listen: this.url.replace("http://", ""),
        preview: this.previewUrl.replace("http://", ""),
        ...(config["edge"] as object | undefined),
      },
    };
    const named = Object.entries(keys).map(([key, value]) => [`maestro:${key}`, value]);
    const salt = before.encryptionsalt ? { encryptionsalt: before.encryptionsalt } : {};
    writeFileSync(this.file, stringify({ ...salt, config: Object.fromEntries(named) as object }));
  }

  /** Writes a services.yaml of the stack's own and returns what `maestro:servicesFile` must say. */
  writeServices(services: StackConfig): string {
    const file = path.join(this.root, this.name, "services.yaml");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, stringify({ services }));
    return path.relative(this.project.root, file);
  }

  /** Makes the stack, empty. What an earlier, killed test run has left is removed first. */
  async create(config: StackConfig): Promise<void> {
    await this.remove();
    this.configure(config);
    await this.pulumi(["stack", "init", this.name]);
  }

  /** `pulumi up`, to its end. */
  up(...args: string[]): Promise<RunResult> {
    return this.pulumi([
      "up",
      "--yes",
      "--skip-preview",
      "--suppress-outputs",
      ...this.select,
      ...args,
    ]);
  }

  preview(...args: string[]): Promise<RunResult> {
    return this.pulumi(["preview", ...this.select, ...args]);
  }

  destroy(): Promise<RunResult> {
    return this.pulumi(["destroy", "--yes", "--skip-preview", ...this.select]);
  }

  /** `pulumi up`, SIGKILLed with all its children when its output first matches `at`. */
  upKilledAt(at: RegExp): Promise<RunResult> {
    return this.upDisturbedAt(at, (pid) => killTree(pid));
  }

  /** `pulumi up`; does something when its output first matches `at`. */
  async upDisturbedAt(at: RegExp, disturb: (pid: number) => unknown): Promise<RunResult> {
    const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", ...this.select];
    const child = this.start("pulumi", args);
    let seen = "";
    let disturbed = false;
    child.all?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (disturbed || !at.test(seen) || !child.pid) return;
      disturbed = true;
      void disturb(child.pid);
    });
    const result = await finish(child);
    if (!disturbed) throw new Error(`nothing matched ${String(at)} in:\n${result.output}`);
    return result;
  }

  /** One of the program's operations: `rollback`, `status`, `releases verify` ... */
  operation(name: string, ...args: string[]): Promise<RunResult> {
    const argv = [...name.split(" "), "--stack", this.name, ...args];
    return finish(this.start("node", ["bin/maestro.js", ...argv]));
  }

  pulumi(args: readonly string[]): Promise<RunResult> {
    return finish(this.start("pulumi", args));
  }

  async outputs(): Promise<StackOutputs> {
    const { output } = await this.pulumi(["stack", "output", "--json", ...this.select]);
    return JSON.parse(output) as StackOutputs;
  }

  async exported(): Promise<{ resources: ExportedResource[]; pendingOperations: unknown[] }> {
    const { output } = await this.pulumi(["stack", "export", ...this.select]);
    const { deployment } = JSON.parse(output) as {
      deployment: { resources?: ExportedResource[]; pending_operations?: unknown[] };
    };
    return {
      resources: deployment.resources ?? [],
      pendingOperations: deployment.pending_operations ?? [],
    };
  }

  /** Name -> id and start time of the stack's containers: equal before and after means not touched. */
  async containers(color?: string): Promise<Map<string, { id: string; startedAt: string }>> {
    const engine = connectEngine();
    const label = [
      `${LABELS.stack}=${this.prefix}`,
      ...(color ? [`${LABELS.color}=${color}`] : []),
    ];
    const found = await engine.listContainers({ all: true, filters: { label } });
    const details = await Promise.all(found.map(({ Id }) => engine.getContainer(Id).inspect()));
    return new Map(
      details
        .sort((a, b) => (a.Name < b.Name ? -1 : 1))
        .map(({ Name, Id, State }) => [Name.slice(1), { id: Id, startedAt: State.StartedAt }]),
    );
  }

  /** Removes everything the stack made, whatever state it is in. */
  async remove(): Promise<void> {
    const engine = connectEngine();
    for (const { id } of (await this.containers()).values()) {
      await engine.getContainer(id).remove({ force: true, v: true });
    }
    const filters = { label: [`${LABELS.stack}=${this.prefix}`] };
    for (const { Id } of await engine.listNetworks({ filters })) {
      await engine.getNetwork(Id).remove();
    }
    rmSync(path.join(this.root, this.name), { recursive: true, force: true });
    rmSync(this.file, { force: true });
    rmSync(this.secretsFile, { force: true });
    rmSync(path.join(SECRETS_DIRECTORY, this.prefix), { recursive: true, force: true });
  }

  private get select(): string[] {
    return ["--stack", this.name];
  }

  private start(
    command: string,
    args: readonly string[],
    input?: string | Buffer | Readable,
  ): ExecaChildProcess {
    return execa(command, args, {
      cwd: this.project.root,
      env: this.environment,
      extendEnv: false,
      all: true,
      reject: false,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
  }
}

export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly protect?: boolean;
  readonly inputs?: Record<string, unknown>;
}
