import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { ensureGoBinary } from "./foreignImages";
import { finish, type RunResult } from "./runResult";

const STUBS = path.join(packageRoot(), "tests", "foreign", "actions", "stubs");
const WORKFLOWS = path.join(packageRoot(), ".github", "workflows");
/** Name and commit under which a test's instance calls this repository's workflows. */
const RELEASED = `acme/maestro@${"a".repeat(40)}`;

/**
 * Runs an instance's workflows by act, which takes this machine for the runner. Actions of others are stubs; artifacts are
 * files. act asks for no approval of an environment and has no OIDC.
 */
export class WorkflowRunner {
  private constructor(
    private readonly act: string,
    /** The instance, a git repository. */
    readonly directory: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async create(
    directory: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<WorkflowRunner> {
    const act = await ensureGoBinary("act", "github.com/nektos/act", "actions");
    const runner = new WorkflowRunner(act, directory, environment);
    await runner.git("init", "--quiet");
    return runner;
  }

  /** Where artifacts are, by their names. */
  get artifacts(): string {
    return path.join(this.directory, ".maestro", "artifacts");
  }

  /** Writes a workflow of the instance; `uses: maestro/<name>.yml` stands for one of this repository's. */
  write(name: string, text: string): void {
    const [repository, commit] = RELEASED.split("@");
    const called = text.replace(
      /uses: maestro\/(\w+\.yml)/g,
      `uses: ${repository}/.github/workflows/$1@${commit}`,
    );
    const file = path.join(this.directory, ".github", "workflows", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, called);
  }

  /** Takes over one of this repository's own workflows. */
  take(name: string): void {
    this.write(name, readFileSync(path.join(WORKFLOWS, name), "utf8"));
  }

  async commit(): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", "change");
  }

  /** Runs a workflow of the instance as an event would start it. */
  run(
    workflow: string,
    kind: string,
    event: object,
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<RunResult> {
    const file = path.join(this.directory, ".maestro", "event.json");
    mkdirSync(this.artifacts, { recursive: true });
    writeFileSync(file, JSON.stringify(event));
    const pairs = (option: string, values: Readonly<Record<string, string>>) =>
      Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
    const args = [
      kind,
      ...["--eventpath", file, "--workflows", path.join(".github", "workflows", workflow)],
      ...["--platform", "ubuntu-24.04=-self-hosted", "--use-new-action-cache"],
      ...stubs().flatMap((stub) => ["--local-repository", stub]),
      ...pairs("--env", { ...this.environment, ARTIFACTS: this.artifacts }),
      ...pairs("--secret", secrets),
    ];
    return finish(
      execa(this.act, args, { cwd: this.directory, all: true, reject: false, stdin: "ignore" }),
    );
  }

  private async git(...args: readonly string[]): Promise<void> {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    await execa("git", [...who, ...args], { cwd: this.directory });
  }
}

/** `actions/checkout@<commit>=<directory>` for each action that a workflow of this repository uses. */
function stubs(): string[] {
  const texts = readdirSync(WORKFLOWS).map((name) =>
    readFileSync(path.join(WORKFLOWS, name), "utf8"),
  );
  const used = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/uses: (\S+@[0-9a-f]{40})/g)].map(([, action]) => action!),
    ),
  );
  const own = readdirSync(STUBS);
  const stubOf = (action: string) => own.find((stub) => action.includes(`/${stub}@`)) ?? "nothing";
  return [
    ...[...used].map((action) => `${repositoryOf(action)}=${path.join(STUBS, stubOf(action))}`),
    `${RELEASED}=${packageRoot()}`,
  ];
}

/** `anchore/sbom-action/download-syft@<commit>` is a directory of a repository. */
function repositoryOf(action: string): string {
  return action.replace(/^([^/]+\/[^/@]+)[^@]*@/, "$1@");
}
