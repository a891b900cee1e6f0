import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { packageRoot } from "../../config/project";
import { finish, type RunResult } from "./runResult";

/** What a test's own environment must not decide for an instance. */
const DECIDED_BY_INSTANCE = [
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
];

/** Where the launcher of an installed package is. */
const LAUNCHER = "node_modules/maestro/bin/maestro.js";

/** An empty directory with the packed program in its node_modules, as `npm install` leaves it. */
export class PackedInstance {
  /** Files in the package, as npm lists them. */
  readonly files: readonly string[];
  private variables: Record<string, string> = {};

  private constructor(
    readonly directory: string,
    files: readonly string[],
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    this.files = files;
  }

  /**
   * Packs the program, unpacks it in a directory of its own, and links what it depends on.
   *
   * @param environment of its commands, beside the usual one.
   */
  static async create(environment: Readonly<Record<string, string>> = {}): Promise<PackedInstance> {
    const directory = mkdtempSync(path.join(tmpdir(), "maestro-instance-"));
    const target = path.join(directory, "node_modules", "maestro");
    mkdirSync(target, { recursive: true });
    const root = packageRoot();
    const arguments_ = ["pack", "--json", "--pack-destination", directory];
    const { stdout } = await execa("npm", arguments_, { cwd: root });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [
      { filename: string; files: { path: string }[] },
    ];
    const tarball = path.join(directory, packed.filename);
    await execa("tar", ["--extract", "--strip-components=1", "--file", tarball], { cwd: target });
    rmSync(tarball);
    const { default: manifest } = (await import("../../package.json")) as {
      default: { dependencies: object };
    };
    for (const name of Object.keys(manifest.dependencies)) {
      const link = path.join(directory, "node_modules", name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(root, "node_modules", name), link);
    }
    const commands = path.join(directory, "node_modules", ".bin");
    mkdirSync(commands);
    symlinkSync("../maestro/bin/maestro.js", path.join(commands, "maestro"));
    chmodSync(path.join(directory, LAUNCHER), 0o755);
    return new PackedInstance(
      directory,
      packed.files.map((file) => file.path),
      environment,
    );
  }

  /** Takes the environment from `maestro env`, as a shell in the instance does. */
  async readEnvironment(): Promise<Readonly<Record<string, string>>> {
    const { output } = await this.maestro("env");
    const lines = [...output.matchAll(/^export (\w+)='(.*)'$/gm)];
    this.variables = Object.fromEntries(lines.map(([, name, value]) => [name!, value!]));
    return this.variables;
  }

  /** A command of the installed package. */
  maestro(...args: readonly string[]): Promise<RunResult> {
    return this.run("node", [LAUNCHER, ...args]);
  }

  pulumi(...args: readonly string[]): Promise<RunResult> {
    return this.run("pulumi", args);
  }

  run(command: string, args: readonly string[]): Promise<RunResult> {
    return finish(this.start(command, args));
  }

  /** As {@link run}, while it runs. */
  start(command: string, args: readonly string[]): ExecaChildProcess {
    const outside = Object.entries(process.env).filter(
      ([name]) => !DECIDED_BY_INSTANCE.includes(name),
    );
    return execa(command, args, {
      cwd: this.directory,
      env: { ...Object.fromEntries(outside), ...this.variables, ...this.environment, CI: "true" },
      extendEnv: false,
      all: true,
      reject: false,
      stdin: "ignore",
    });
  }

  /** Copies a file into the instance. */
  copy(from: string, to: string): void {
    const target = path.join(this.directory, to);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(from, target);
  }

  /** Writes a file of the instance. */
  write(file: string, content: string): void {
    const target = path.join(this.directory, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }

  /** Path, size and time of every file of the installed package: equal before and after means that nothing was written. */
  packageState(): string[] {
    const root = path.join(this.directory, "node_modules", "maestro");
    return readdirSync(root, { recursive: true, encoding: "utf8" })
      .sort()
      .map((file) => {
        const { size, mtimeMs } = statSync(path.join(root, file));
        return `${file} ${size} ${mtimeMs}`;
      });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
