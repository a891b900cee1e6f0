import { readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { parse } from "yaml";
import { packageRoot } from "../../config/project";
import { FakeForges } from "../support/fakeForges";
import { forgetUses } from "../support/machineUses";
import { ReleasingInstance } from "../support/releasingInstance";
import { finish } from "../support/runResult";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const PROJECT = "itest-pipe";
const DEMO = "itest-pipes";
const PRODUCTION = "itest-pipes-live";
const EXAMPLES = path.join(packageRoot(), "templates", "pipelines");
const INSTALL = "npm ci --ignore-scripts --no-audit --no-fund";
const ROLLOUT = { bakeSeconds: 0, drainSeconds: 1 };
const forges = new FakeForges();
let instance: ReleasingInstance;
let demo: TestStack;
let production: TestStack;

beforeAll(async () => {
  await forges.start();
  instance = await ReleasingInstance.create(PROJECT);
  const project = { root: instance.directory, name: PROJECT };
  demo = new TestStack(DEMO, project);
  production = new TestStack(PRODUCTION, project);
  await demo.create({ servicesFile: "services.yaml", rollout: ROLLOUT });
  // One state for both, as a promotion needs it.
  production.extraEnvironment["PULUMI_BACKEND_URL"] = demo.environment["PULUMI_BACKEND_URL"]!;
  const promotion = { promoteFrom: DEMO, minimumSoak: "1s" };
  await production.create({ servicesFile: "services.yaml", rollout: ROLLOUT, ...promotion });
});

afterAll(async () => {
  await forges.stop();
  await production.remove();
  await demo.remove();
  await forgetUses(PROJECT);
  instance.remove();
});

interface Job {
  readonly script: readonly string[];
  readonly before_script?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** A job's script as a runner runs it: one shell, with the job's variables. The test's packages are there already. */
function runJob(name: string, variables: Readonly<Record<string, string>> = {}) {
  const text = readFileSync(path.join(EXAMPLES, "gitlab-ci.yml"), "utf8");
  const { default: shared, ...jobs } = parse(text, { merge: true }) as Record<string, Job>;
  const { script, variables: own = {} } = jobs[name]!;
  expect(shared!.before_script![0]).toBe(INSTALL);
  const lines = [...shared!.before_script!.slice(1), ...script];
  const stacks = { demo: DEMO, production: PRODUCTION };
  const stack = stacks[(own["STACK"] ?? "demo") as keyof typeof stacks];
  return run(["-c", lines.join("\n")], { ...forges.gitlab, STACK: stack, ...variables });
}

const runShell = (stack: string, ...args: readonly string[]) =>
  run([path.join(EXAMPLES, "pipeline.sh"), ...args], { STACK: stack });

function run(args: readonly string[], variables: Readonly<Record<string, string>>) {
  return finish(
    execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", ...args], {
      ...{ cwd: instance.directory, env: { ...demo.environment, ...variables } },
      ...{ extendEnv: false, all: true, reject: false, stdin: "ignore" },
    }),
  );
}

const on = (stack: TestStack) => instance.served(stack.url);

describe("the example for GitLab CI", () => {
  it("releases to demo, and to production what demo has proven", async () => {
    await succeed(runJob("images"));
    expect(await succeed(runJob("demo"))).toContain("healthy");
    expect(await on(demo)).toBe("info");
    expect(await succeed(runJob("production"))).toContain("healthy");
    expect(await on(production)).toBe("info");
    const [demos, productions] = [await demo.outputs(), await production.outputs()];
    expect(productions.history[0]).toMatchObject({ release: productions.release.id });
    expect(productions.release.digests).toEqual(demos.release.digests);
  });

  it("tells a merge request what it would do, and fails with a preview that fails", async () => {
    instance.writeService("debug");
    await succeed(runJob("preview"));
    expect(forges.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining("`env.HTTPBIN_ENV_LEVEL`: `info` → `debug`"),
    ]);
    instance.writeService("[list]");
    expect((await runJob("preview")).exitCode).not.toBe(0);
    expect(forges.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining("this change is refused"),
    ]);
  });

  it("goes back, and keeps an issue while what runs is not what was released", async () => {
    instance.writeService("debug");
    await succeed(runJob("demo"));
    expect(await on(demo)).toBe("debug");
    await succeed(runJob("rollback", { ROLLBACK: DEMO }));
    expect(await on(demo)).toBe("info");
    const { activeColor } = await demo.outputs();
    const [name = ""] = (await demo.containers(activeColor)).keys();
    const limit = (size: string) =>
      execa("docker", ["update", `--memory=${size}`, `--memory-swap=${size}`, name]);
    await limit("300m");
    await succeed(runJob("drift"));
    await limit("256m");
    expect(forges.issues.map(({ state }) => state)).toEqual(["open"]);
    await succeed(runJob("drift"));
    expect(forges.issues.map(({ state }) => state)).toEqual(["closed"]);
  });
});

describe("the example for a shell", () => {
  it("previews, releases, promotes, goes back and looks for drift", async () => {
    instance.writeService("trace");
    demo.configure({ servicesFile: "services.yaml", rollout: ROLLOUT });
    expect(await succeed(runShell(DEMO, "release"))).toContain("healthy");
    expect(await on(demo)).toBe("trace");
    expect(await succeed(runShell(PRODUCTION, "preview"))).toContain("### itest-pipes-live: gets");
    await succeed(runShell(PRODUCTION, "promote"));
    expect(await on(production)).toBe("trace");
    await succeed(runShell(DEMO, "rollback"));
    expect(await on(demo)).toBe("info");
    expect(await succeed(runShell(DEMO, "drift"))).toContain("what runs is what was released");
  });

  it("says what it can, and what it needs", async () => {
    const wrong = await runShell(DEMO, "relaese");
    expect([wrong.exitCode, wrong.output]).toEqual([2, expect.stringContaining("usage: STACK=")]);
    const { exitCode, output } = await runShell("", "release");
    expect([exitCode, output]).toEqual([1, expect.stringContaining("usage: STACK=")]);
  });
});

describe("what is changed by hand", () => {
  const drift = (ci: Readonly<Record<string, string>>, ...options: readonly string[]) =>
    run(["-c", `npx --no-install maestro drift --stack ${DEMO} ${options.join(" ")}`], ci);
  const own = () =>
    forges.issues.filter((each) => !each.isRequest && each.body.startsWith("<!-- maestro drift:"));
  let container: string;

  beforeAll(async () => {
    const { activeColor } = await demo.outputs();
    [container = ""] = (await demo.containers(activeColor)).keys();
  });

  beforeEach(() => {
    forges.issues.length = 0;
  });

  const limit = (megabytes: number) =>
    execa("docker", ["update", `--memory=${megabytes}m`, `--memory-swap=${megabytes}m`, container]);

  it.each([
    ["GitHub", () => forges.github],
    ["GitLab", () => forges.gitlab],
  ])("is told in one issue of %s, which is closed when it is over", async (_, ci) => {
    for (let number = 0; number < 230; number += 1) forges.issue("I like it", "thanks");
    forges.issue("a request", "<!-- maestro drift: itest-pipe/itest-pipes -->", true);
    const before = forges.issues.length;
    expect(await succeed(drift(ci(), "--issue"))).toContain("no issue");
    await limit(300);
    const told = await succeed(drift(ci(), "--issue"));
    expect(told).toContain(`issue #${100 + before} opened`);
    const issue = forges.issues.at(-1)!;
    expect(issue.title).toBe("itest-pipes: what runs is not what was released");
    expect(issue.body).toContain(`${container}: memory: wanted 256 MB, got 300 MB`);
    forges.issue("another", issue.body);
    expect(await succeed(drift(ci(), "--issue"))).toContain(`#${issue.number} as it was`);
    expect(own().map(({ state }) => state)).toEqual(["open", "closed"]);
    await limit(310);
    expect(await succeed(drift(ci(), "--issue"))).toContain(`#${issue.number} updated`);
    const alone = await drift({});
    expect([alone.exitCode, alone.output]).toEqual([1, expect.stringContaining("got 310 MB")]);
    await limit(256);
    expect(await succeed(drift(ci(), "--issue"))).toContain(`#${issue.number} closed`);
    expect([issue.state, issue.comments]).toEqual(["closed", ["nothing differs any more"]]);
    expect(forges.issues).toHaveLength(before + 2);
  });

  it("and what is gone, is mended as the issue says", async () => {
    await execa("docker", ["rm", "--force", container]);
    await succeed(drift(forges.github, "--issue"));
    const [issue] = own();
    // Told once, though the host and Pulumi's state both miss it.
    expect(issue?.body.match(/^error|^warning/gm)).toEqual(["error"]);
    expect(issue?.body).toContain(`error, \`container-missing/${container}\`:`);
    const [, command = ""] = /^\$ (.+)$/m.exec(issue!.body)!;
    await succeed(run(["-c", command], {}));
    expect(await succeed(drift(forges.github, "--issue"))).toContain(`#${issue?.number} closed`);
  });

  it("closes no issue while nobody can look", async () => {
    const mark = "<!-- maestro drift: itest-pipe/itest-pipes -->";
    const issue = forges.issue("itest-pipes: what runs is not what was released", mark);
    const environment = { ...forges.github, PULUMI_CONFIG_PASSPHRASE: "wrong" };
    const { exitCode, output } = await drift(environment, "--issue");
    expect([exitCode, issue.state]).toEqual([2, "open"]);
    expect(output).toContain("incorrect passphrase");
  });
});
