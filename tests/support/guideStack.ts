import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import type { ExecaChildProcess } from "execa";
import { parse, stringify } from "yaml";
import { foreignRepository, pushForeignImage } from "./foreignImages";
import { forgetUses } from "./machineUses";
import { PackedInstance } from "./packedInstance";
import { finish, type RunResult } from "./runResult";
import { succeed, TestStack } from "./testStack";
import { matchOutput, readSteps, translate, withNames, type Names } from "./transcript";
import type { FencedBlock } from "./markdown";

/** Project and stack of the test; the guides' are `shop` and `demo`. */
const PROJECT = "itest-shop";
const STACK = "itest-guides";
/** Where the guides' users arrive, and where the idle set shows. */
const LISTEN = "127.0.0.1:8080";
const PREVIEW = "127.0.0.1:8081";
/** Seconds for which the stack watches a release: long enough for a verdict on the traffic of the test's users. */
const BAKE_SECONDS = 2;
/** How it is asked whether it is well. */
export const HEALTH = {
  ...{ livePath: "/status/200", readyPath: "/status/200", deadlineSeconds: 20 },
};
/** Starts the service; some of its variables make it fail (tests/foreign/python/troubled_app.py). */
export const SERVE: readonly string[] = [
  ...["gunicorn", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/tmp", "--threads=8"],
  "troubled_app:app",
];
/** Whoever follows a guide is called that there. */
const PERSON = "ada";

/** The project of whoever follows the guides: an instance of the packed program with one service. */
export class GuideStack {
  /** Ports and subnet of the test, and what it must leave behind: nothing. */
  readonly stack: TestStack;
  /** What the guides' ids and digests stand for. */
  private names: Names = new Map();

  private constructor(readonly instance: PackedInstance) {
    this.stack = new TestStack(STACK, { root: instance.directory, name: PROJECT });
  }

  /** Makes the project as its owner has it: two releases have served, the second one does. */
  static async create(): Promise<GuideStack> {
    const instance = await PackedInstance.create({ USER: PERSON, MAESTRO_DEPLOYER: PERSON });
    const guide = new GuideStack(instance);
    await guide.stack.remove();
    guide.writeDockerfile(await pushForeignImage("python"), 1);
    const { url, previewUrl, subnet } = guide.stack;
    const where = ["--listen", hostOf(url), "--preview", hostOf(previewUrl), "--subnet", subnet];
    const what = ["--project", PROJECT, "--stack", STACK, "--kind", "shared", "--yes"];
    await succeed(instance.maestro("init", ...what, ...where));
    const rollout = { bakeSeconds: 0, drainSeconds: 1, stabilizeSeconds: 0 };
    guide.configure({ directory: guide.stack.directory, rollout });
    guide.set({});
    await instance.readEnvironment();
    await succeed(instance.maestro("setup", "--stack", STACK));
    await guide.release();
    guide.nextVersion("2");
    await guide.release();
    guide.configure({ rollout: { ...rollout, bakeSeconds: BAKE_SECONDS } });
    return guide;
  }

  /** Changes the stack's keys. */
  configure(keys: Readonly<Record<string, unknown>>): void {
    const file = path.join(this.instance.directory, `Pulumi.${STACK}.yaml`);
    const content = parse(readFileSync(file, "utf8")) as { config: object };
    const named = Object.entries(keys).map(([key, value]) => [`maestro:${key}`, value] as const);
    const config = { ...content.config, ...(Object.fromEntries(named) as object) };
    writeFileSync(file, stringify({ ...content, config }));
  }

  /** Gives the service settings beside those that `init` has found. */
  set(settings: object): void {
    const web = {
      build: { context: "web" },
      ...{ port: 8000, user: "10001:10001", command: SERVE },
      health: HEALTH,
    };
    const file = path.join(this.instance.directory, "services.yaml");
    writeFileSync(file, stringify({ services: { web: { ...web, ...settings } } }));
  }

  /** Takes back what a rollback, and a release that was rejected, have left in the stack file. */
  forgetRollback(): void {
    this.configure({ settingsFrom: undefined, allowRejected: undefined });
  }

  /** Has an id of a guide mean the release that serves. */
  async nameServing(id: string): Promise<void> {
    const answer = await fetch(`${this.stack.url}/edge/release`);
    const { release } = (await answer.json()) as { release: string };
    this.names = new Map([...this.names, [id, release]]);
  }

  /** What a developer does before a release: another content of the image. What was built once is not built again. */
  nextVersion(version = new Date().toISOString()): void {
    const file = path.join(this.instance.directory, "web/Dockerfile");
    writeFileSync(file, readFileSync(file, "utf8").replace(/VERSION=.*/, `VERSION=${version}`));
  }

  private writeDockerfile(digest: string, version: number): void {
    const lines = [
      `FROM ${foreignRepository("python")}@${digest}`,
      `ENV VERSION=${version}`,
      "HEALTHCHECK CMD curl --fail http://localhost:8000/status/200",
    ];
    this.instance.write("web/Dockerfile", `${lines.join("\n")}\n`);
  }

  private async release(): Promise<void> {
    await succeed(this.instance.maestro("images", "--stack", STACK));
    await succeed(this.shell("pulumi up --yes --skip-preview --stack demo"));
  }

  /** Runs a line of a guide in the project, as its owner types it. */
  shell(line: string): Promise<RunResult> {
    return finish(this.start(line));
  }

  /** As {@link shell}, while it runs. */
  start(line: string): ExecaChildProcess {
    // CI and jest ask for colours, which a page has none of.
    const before = "unset FORCE_COLOR; export NO_COLOR=1; PATH=$PWD/node_modules/.bin:$PATH;";
    const script = `${before} ${this.here(withNames(line, this.names))}`;
    return this.instance.start("bash", ["-e", "-o", "pipefail", "-c", script]);
  }

  /**
   * Runs a block of a guide, command by command.
   *
   * @returns what is not as the guide says; null: all is.
   */
  async follow({ language, text, meta }: FencedBlock): Promise<string | null> {
    const steps = language === "console" ? readSteps(text) : [{ command: text, output: null }];
    for (const [index, { command, output }] of steps.entries()) {
      const { exitCode, output: real } = await this.shell(command);
      const isToFail = meta === "fails" && index === steps.length - 1;
      if ((exitCode !== 0) !== isToFail) {
        return `$ ${command}\n${real}\nended with exit code ${exitCode}`;
      }
      const names = output && this.match(output, real);
      if (names) this.names = names;
      else if (output)
        return `$ ${command}\n${this.there(real)}\n--- is not what is shown:\n${output.join("\n")}`;
    }
    return null;
  }

  private match(shown: readonly string[], real: string): Names | null {
    const text = this.there(real).trimEnd();
    return matchOutput(shown, text === "" ? [] : text.split("\n"), this.names);
  }

  /** A guide's text with what is the test's own in it. */
  private here(text: string): string {
    return translate(text, new Map(this.own()));
  }

  /** What a command has printed, as a guide would show it. */
  private there(text: string): string {
    return translate(text, new Map(this.own().map(([guides, its]) => [its, guides])));
  }

  /** What is called something else in the guides: theirs, and the test's. The longer names come first. */
  private own(): [string, string][] {
    const { url, previewUrl, directory } = this.stack;
    return [
      ["/var/lib/maestro/shop-demo", directory],
      ["/srv/shop", this.instance.directory],
      [LISTEN, hostOf(url)],
      [LISTEN.replace("127.0.0.1", "localhost"), hostOf(url).replace("127.0.0.1", "localhost")],
      [PREVIEW, hostOf(previewUrl)],
      ["deployer.example", hostname()],
      ["shop-production", `${PROJECT}-${STACK}`],
      ["shop-demo", `${PROJECT}-${STACK}`],
      ["production", STACK],
      ["demo", STACK],
      ["shop", PROJECT],
    ];
  }

  async remove(): Promise<void> {
    await this.stack.remove();
    await forgetUses(PROJECT, this.instance.directory);
    this.instance.remove();
  }
}

function hostOf(url: string): string {
  return url.replace("http://", "");
}
