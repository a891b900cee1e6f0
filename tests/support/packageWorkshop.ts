import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { main } from "../../operations/packages";
import { indexLogin, removePypiIndex } from "../../operations/packages/pypiIndex";
import { packageRoot } from "../../config/project";

const PORT = 28097;
export const INDEX_URL = `http://localhost:${PORT}/repository/pypi-hosted/simple`;

/** What a run of the operation came to. */
export interface PackagesResult {
  readonly code: number;
  readonly packages: readonly { name: string; version: string; sha256: string; state: string }[];
  readonly changed?: boolean;
}

/** A copy of the example packages, a stack file and a package index of the tests' own. */
export class PackageWorkshop {
  public readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-packages-"));
  public readonly source = path.join(this.directory, "packages");
  public readonly stackFile = path.join(this.directory, "Pulumi.test.yaml");

  async open(): Promise<void> {
    await removePypiIndex(PORT);
    cpSync(path.join(packageRoot(), "examples", "packages"), this.source, { recursive: true });
    const url = `http://localhost:${PORT}`;
    writeFileSync(this.stackFile, `config:\n  # ours\n  maestro:packages: { url: "${url}" }\n`);
  }

  async close(): Promise<void> {
    await removePypiIndex(PORT);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Replaces text in a file of the packages. */
  edit(file: string, before: string, after: string): void {
    const full = path.join(this.source, file);
    const text = readFileSync(full, "utf8");
    if (!text.includes(before)) throw new Error(`${file} has no "${before}"`);
    writeFileSync(full, text.replace(before, after));
  }

  /** Adds a package with one module. */
  add(directory: string, project: string, module: string): void {
    const code = path.join(this.source, directory, "src", module);
    mkdirSync(code, { recursive: true });
    writeFileSync(path.join(code, "__init__.py"), "");
    writeFileSync(path.join(this.source, directory, "pyproject.toml"), project);
  }

  /** Removes a package. */
  drop(directory: string): void {
    rmSync(path.join(this.source, directory), { recursive: true });
  }

  /** `npm run packages -- <command>`. */
  async run(command: string): Promise<PackagesResult> {
    const print = jest.spyOn(console, "log").mockImplementation();
    const progress = jest.spyOn(console, "error").mockImplementation();
    const options = ["--file", this.stackFile, "--source", this.source, "--json"];
    try {
      const code = await main([command, ...options]);
      const result = JSON.parse(String(print.mock.calls.at(-1)?.[0])) as PackagesResult;
      return { ...result, code };
    } finally {
      print.mockRestore();
      progress.mockRestore();
    }
  }

  /** Runs a client in a directory of its own with the text of an example's pyproject.toml for this index. */
  async client(
    name: string,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ exitCode: number; output: string; directory: string }> {
    const directory = path.join(this.directory, name);
    const example = path.join(packageRoot(), "examples", "clients", name, "pyproject.toml");
    mkdirSync(directory, { recursive: true });
    const text = readFileSync(example, "utf8").replaceAll("localhost:28081", `localhost:${PORT}`);
    writeFileSync(path.join(directory, "pyproject.toml"), text);
    const { exitCode, all } = await execa(command, args, {
      cwd: directory,
      env,
      all: true,
      reject: false,
    });
    return { exitCode, output: all ?? "", directory };
  }
}

/** The index's address with its login. */
export function indexUrlWithLogin(): string {
  const { user, password } = indexLogin();
  return INDEX_URL.replace("://", `://${user}:${password}@`);
}
