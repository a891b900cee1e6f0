import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";

const PASSPHRASE = "conformance";

/** How a run of the Pulumi CLI ended. */
export interface Run {
  readonly ok: boolean;
  /** Standard output and standard error. */
  readonly output: string;
}

/** One resource in the state file. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
  readonly pendingReplacement?: boolean;
}

/** One step of a preview. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly deleteBeforeReplace?: boolean;
  readonly detailedDiff?: Readonly<Record<string, { readonly kind: string }>> | null;
}

/** What differs between two runs of one program; it reads them as `settings`. */
export type Settings = Readonly<Record<string, unknown>>;

const SDKS: readonly string[] = ["docker", "command"];

function prelude(sdks: readonly string[]): string {
  return [
    `"use strict";`,
    ...["pulumi", ...sdks].map((name) => `const ${name} = require("@pulumi/${name}");`),
    "const settings = JSON.parse(process.env.SETTINGS);\n",
  ].join("\n");
}

/** What a project has beside its program. */
export interface ProjectOptions {
  /** Pulumi SDKs the program finds: `aws` for @pulumi/aws. */
  readonly sdks?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** A Pulumi project in a directory of its own, with its own state; driven through the real CLI. */
export class PulumiProject {
  /** Unique on this engine; every object a test makes there starts with it. */
  readonly prefix: string;

  private constructor(
    readonly directory: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly stack = "test",
  ) {
    this.prefix = `maestro-conformance-${path.basename(directory).slice(-6).toLowerCase()}`;
  }

  /** Writes the project and makes its stack. `program` finds the SDKs and `settings`; `settings.prefix` is the prefix. */
  static async create(program: string, options: ProjectOptions = {}): Promise<PulumiProject> {
    const { sdks = SDKS, environment = {} } = options;
    const directory = mkdtempSync(path.join(tmpdir(), "maestro-conformance-"));
    const project = new PulumiProject(directory, environment);
    const root = path.resolve(__dirname, "../..");
    symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
    mkdirSync(path.join(directory, "state"));
    project.write(
      "Pulumi.yaml",
      "name: conformance\nruntime: {name: nodejs, options: {typescript: false}}\n",
    );
    project.write(
      "package.json",
      JSON.stringify({
        dependencies: Object.fromEntries(sdks.map((name) => [`@pulumi/${name}`, "*"])),
      }),
    );
    project.write("index.js", prelude(sdks) + program);
    const { ok, output } = await project.run(["stack", "init", project.stack]);
    if (!ok) {
      throw new Error(`stack init failed:\n${output}`);
    }
    return project;
  }

  /** Writes a file of the project. */
  write(file: string, text: string): void {
    writeFileSync(path.join(this.directory, file), text);
  }

  /** `pulumi up`, without the preview. */
  up(settings: Settings = {}, argv: readonly string[] = []): Promise<Run> {
    return this.run(["up", "--yes", "--skip-preview", ...argv], settings);
  }

  /** `pulumi up` that has to succeed. */
  async upOrFail(settings: Settings = {}, argv: readonly string[] = []): Promise<string> {
    const { ok, output } = await this.up(settings, argv);
    if (!ok) {
      throw new Error(`pulumi up failed:\n${output}`);
    }
    return output;
  }

  /** The steps a preview plans, by logical name; "same" for what stays as it is. */
  async preview(settings: Settings = {}, argv: readonly string[] = []): Promise<Map<string, Step>> {
    const { ok, output } = await this.run(
      ["preview", "--json", "--show-sames", ...argv],
      settings,
      "stdout",
    );
    if (!ok) {
      throw new Error(`pulumi preview failed:\n${output}`);
    }
    const { steps } = JSON.parse(output) as { steps: readonly Step[] };
    const byName = new Map<string, Step>();
    for (const step of steps) {
      const name = nameOf(step.urn);
      // A replacement is several steps; the one called "replace" tells it.
      if (byName.get(name)?.op !== "replace") {
        byName.set(name, step);
      }
    }
    return byName;
  }

  refresh(settings: Settings = {}): Promise<Run> {
    return this.run(["refresh", "--yes", "--skip-preview"], settings);
  }

  destroy(settings: Settings = {}): Promise<Run> {
    return this.run(["destroy", "--yes", "--skip-preview"], settings);
  }

  /** Runs any command of the CLI on the project's stack. */
  async run(
    argv: readonly string[],
    settings: Settings = {},
    wanted: "all" | "stdout" = "all",
  ): Promise<Run> {
    const result = await this.start(argv, settings);
    return { ok: result.exitCode === 0, output: result[wanted] ?? "" };
  }

  /** Starts a command of the CLI and lets the caller deal with the process. */
  start(argv: readonly string[], settings: Settings = {}): ExecaChildProcess {
    const hasStack = argv[0] !== "stack";
    return execa(
      "pulumi",
      [...argv, "--non-interactive", ...(hasStack ? ["--stack", this.stack] : [])],
      {
        cwd: this.directory,
        all: true,
        reject: false,
        extendEnv: false,
        env: {
          ...pulumiEnvironment(),
          ...this.environment,
          PULUMI_BACKEND_URL: `file://${path.join(this.directory, "state")}`,
          PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
          SETTINGS: JSON.stringify({ prefix: this.prefix, ...settings }),
        },
      },
    );
  }

  /** The state file as it is on disk. */
  stateText(): string {
    const file = `state/.pulumi/stacks/conformance/${this.stack}.json`;
    return readFileSync(path.join(this.directory, file), "utf8");
  }

  /** Every resource in the state. */
  resources(): readonly StateResource[] {
    const state = JSON.parse(this.stateText()) as {
      checkpoint: { latest?: { resources?: readonly StateResource[] } };
    };
    return state.checkpoint.latest?.resources ?? [];
  }

  /** The resource of a logical name; fails where the state has none. */
  resource(name: string): StateResource {
    const found = this.resources().find(({ urn }) => nameOf(urn) === name);
    if (found === undefined) {
      throw new Error(`the state has no resource ${name}`);
    }
    return found;
  }

  /** Removes everything the project made, on the engine and on disk. */
  async dispose(): Promise<void> {
    await this.destroy();
    const owned = ["--filter", `name=${this.prefix}`, "--format", "{{.ID}}"];
    await removeAll(["ps", "--all", ...owned], ["rm", "--force", "--volumes"]);
    await removeAll(["network", "ls", ...owned], ["network", "rm"]);
    await removeAll(
      ["volume", "ls", "--filter", `name=${this.prefix}`, "--quiet"],
      ["volume", "rm"],
    );
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function removeAll(list: readonly string[], remove: readonly string[]): Promise<void> {
  const ids = (await execa("docker", list)).stdout.split("\n").filter((line) => line !== "");
  if (ids.length > 0) {
    await execa("docker", [...remove, ...ids], { reject: false });
  }
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
