import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { stateRoot } from "../../config/paths";
import { deriveRelease } from "../support/derivedImages";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { FakeForges } from "../support/fakeForges";
import { pushForeignImage } from "../support/foreignImages";
import { goHttpbinService } from "../support/foreignServices";
import { finish } from "../support/runResult";
import { succeed, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-delivery");
const forges = new FakeForges();
const event = path.join(stateRoot(), "tests", "itest-delivery.event.json");
const OLD = "a".repeat(40);
const NEW = "b".repeat(40);
let digests: Readonly<Record<"old" | "new", string>>;

beforeAll(async () => {
  await forges.start();
  writeFileSync(event, JSON.stringify({ action: "synchronize", pull_request: { number: 7 } }));
  const plain = await pushForeignImage("go-httpbin");
  const derive = async (revision: string) => {
    const labels = {
      "org.opencontainers.image.revision": revision,
      "org.opencontainers.image.source": "https://github.example/acme/web.git",
    };
    const settings = { namespace: "maestro-foreign", from: "maestro-foreign", labels };
    const release = await deriveRelease({ "go-httpbin": plain }, `plan-${revision[0]}`, settings);
    return release["go-httpbin"]!;
  };
  digests = { old: await derive(OLD), new: await derive(NEW) };
  await stack.create({});
  configure(digests.old, { LEVEL: "info" });
  await succeed(stack.up());
});

afterAll(async () => {
  await forges.stop();
  await stack.remove();
});

beforeEach(() => {
  forges.comments.length = 0;
  forges.asked.length = 0;
  forges.labels = ["bug"];
});

function configure(digest: string, env: Record<string, string>, keys: StackConfig = {}): void {
  stack.configure({
    release: { web: digest },
    servicesFile: stack.writeServices({ web: goHttpbinService({ env }) }),
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
    ...keys,
  });
}

/** As a job of CI runs it: the preview through a pipe. */
async function comment(ci: Readonly<Record<string, string>>, options = ""): Promise<string> {
  const script =
    `pulumi preview --json --stack ${stack.name} | ` +
    `node bin/maestro.js plan-comment --stack ${stack.name} ${options}`;
  const env = { ...stack.environment, GITHUB_EVENT_PATH: event, ...ci };
  return succeed(
    finish(execa("bash", ["-c", script], { env, extendEnv: false, all: true, reject: false })),
  );
}

const onGithub = (options?: string) => comment(forges.github, options);
const said = () => forges.comments.filter(({ body }) => body.includes("maestro plan:"));

describe("a pull request", () => {
  it("is told what its release changes, in one comment that is edited", async () => {
    for (let number = 0; number < 250; number += 1) forges.comment("I like it");
    forges.comment("> <!-- maestro plan: maestro/itest-delivery -->\nwhat is that?");
    configure(digests.new, { LEVEL: "debug" });
    expect(await onGithub()).toContain("comment created\nlabel maestro/itest-delivery:deploy");
    const [, { id, body } = { id: 0, body: "" }] = said();
    expect(body).toMatch(
      /^<!-- maestro plan: \w+\/itest-delivery -->\n### itest-delivery: gets release `\w{12}`/,
    );
    expect(body).toContain("1 service changes, 0 stay");
    expect(body).toContain(
      `[${OLD.slice(0, 12)}...${NEW.slice(0, 12)}](https://github.example/acme/web/compare/${OLD}...${NEW})`,
    );
    expect(body).toMatch(/\| \d+\.\d MB \| `env.LEVEL`: `info` → `debug` \|/);
    expect(body).toContain("`maestro rollback --stack itest-delivery`: only the traffic moves");
    expect(forges.labels).toEqual(["bug", "maestro/itest-delivery:deploy"]);

    expect(await onGithub()).toContain("comment as it was");
    configure(digests.new, { LEVEL: "trace" });
    // GitHub's gateway does that now and then.
    forges.failures.push(502);
    expect(await onGithub()).toContain("comment updated");
    expect(said()).toHaveLength(2);
    expect(forges.comments.find((each) => each.id === id)?.body).toContain("`trace`");
  });

  it("that sets the release back is told that it does, and how", async () => {
    configure(digests.new, { LEVEL: "info" });
    await succeed(stack.up());
    configure(digests.old, { LEVEL: "info" });
    forges.labels = ["maestro/itest-delivery:deploy", "maestro/other:deploy"];
    await onGithub();
    const [{ body } = { body: "" }] = said();
    expect(body).toMatch(/### itest-delivery: goes back to release `\w{12}`/);
    expect(body).toMatch(/It has served before: since 20\S+, by `.+`/);
    expect(body).toContain("Warm: only the traffic moves.");
    expect(forges.labels).toEqual(["maestro/other:deploy", "maestro/itest-delivery:switch"]);
  });

  it("that changes nothing, and one that is refused, are told so", async () => {
    configure(digests.new, { LEVEL: "info" });
    await onGithub();
    expect(said()[0]?.body).toContain("### itest-delivery: users get what they have");
    expect(forges.labels).toContain("maestro/itest-delivery:none");
    configure(digests.new, { LEVEL: "info" }, { rollout: { drainSeconds: -1 } });
    await onGithub();
    expect(said()[0]?.body).toContain("### itest-delivery: this change is refused");
    expect(said()[0]?.body).toContain(
      "rollout.drainSeconds: must be an integer from 1 to 3600, got -1",
    );
    expect(forges.labels).toEqual(["bug", "maestro/itest-delivery:refused"]);
  });

  it("is told of what keeps its release in, and what is not warm", async () => {
    const window = {
      timeZone: "UTC",
      freezes: [{ from: "2000-01-01", to: "2099-01-01", reason: "| `x` @everyone </details>" }],
    };
    configure(digests.old, { LEVEL: "warn" }, { gates: { window } });
    const text = path.join(stateRoot(), "tests", "itest-delivery.md");
    const printed = await onGithub(`--dry-run --output ${text}`);
    expect(forges.asked).toEqual([]);
    expect(printed).toContain("must wait:\ngate window: frozen: | `x` @everyone </details>");
    expect(printed).toContain(readFileSync(text, "utf8").trim());
  });
});

it("a merge request of GitLab's is told the same", async () => {
  for (let number = 0; number < 120; number += 1) forges.comment("I like it");
  forges.labels = ["maestro/itest-delivery:none"];
  configure(digests.old, { LEVEL: "debug" });
  expect(await comment(forges.gitlab)).toContain(
    "comment created\nlabel maestro/itest-delivery:deploy",
  );
  expect(await comment(forges.gitlab)).toContain("comment as it was");
  configure(digests.old, { LEVEL: "trace" });
  expect(await comment(forges.gitlab)).toContain("comment updated");
  expect(said()).toHaveLength(1);
  expect(said()[0]?.body).toContain("`info` → `trace`");
  expect(forges.labels).toEqual(["maestro/itest-delivery:deploy"]);
});

describe("a report of the stack's releases", () => {
  const operate = (command: string, ...options: string[]) =>
    succeed(
      finish(
        execa("node", ["bin/maestro.js", command, "--stack", stack.name, ...options], {
          // A clone of this repository may be a shallow one, which is refused.
          env: { ...stack.environment, GIT_DIR: "/nonexistent" },
          ...{ extendEnv: false, all: true, reject: false },
        }),
      ),
    );
  const report = (...options: string[]) => operate("report", ...options);

  it("counts what users got, by the stack's own record", async () => {
    const { stacks, drift } = JSON.parse(await report("--json")) as {
      stacks: Record<string, { deployments: number; withoutCommits: number; services: object }>;
      drift: unknown[];
    };
    expect(stacks[stack.name]).toMatchObject({
      ...{ deployments: 2, withoutCommits: 2 },
      failRate: { count: 0, of: 2 },
      services: { web: { count: 0, of: 2 } },
    });
    expect(drift).toEqual([]);
  });

  it("is text, or a page", async () => {
    expect(await report("--since", "1w")).toMatch(
      /change fail rate +0 of 2: 0 % \(2-63 %\)\n.*recovery time +no failures\n/,
    );
    expect(await report("--html")).toContain("<caption>itest-delivery, ");
  });

  it("is metrics that the parser of Prometheus' own client reads", async () => {
    const bin = await ensurePythonTools(undefined, "tests/foreign/prometheus/requirements.txt");
    const program = [
      "import json, sys",
      "from prometheus_client.parser import text_string_to_metric_families",
      "families = text_string_to_metric_families(sys.stdin.read())",
      "print(json.dumps({f.name: [[s.labels, s.value] for s in f.samples] for f in families}))",
    ].join("\n");
    const input = await report("--prometheus");
    const { stdout } = await execa(path.join(bin, "python3"), ["-c", program], { input });
    const families = JSON.parse(stdout) as Record<string, [Record<string, string>, number][]>;
    const labels = { stack: stack.name };
    expect(families["maestro_change_fail_rate"]).toEqual([[labels, 0]]);
    expect(families["maestro_deploy_seconds"]).toHaveLength(3);
    expect(families["maestro_deploy_seconds_count"]).toEqual([[labels, 2]]);
  });

  it("is a page of its own, for an artifact of CI", async () => {
    const file = path.join(stateRoot(), "tests", "itest-delivery.html");
    await operate("dashboard", "--export", file);
    const page = readFileSync(file, "utf8");
    expect(page.match(/class="good">deployed</g)).toHaveLength(2);
    expect(page).toContain("<option selected>");
    expect(page).not.toContain("LEVEL=");
  });
});

it("what services write is followed over a switch, and read of the set that users have left", async () => {
  const follow = execa("node", ["bin/maestro.js", "logs", "-f", "--json", "--stack", stack.name], {
    ...{ env: stack.environment, extendEnv: false, reject: false },
  });
  let said = "";
  follow.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const setsOf = (path: string) =>
    said
      .split("\n")
      .filter((line) => line.includes(path))
      .map((line) => (JSON.parse(line) as { set: string }).set);
  const askUntilTold = async (path: string) => {
    const end = Date.now() + 20_000;
    while (setsOf(path).length === 0 && Date.now() < end) {
      await fetch(`${stack.url}/web${path}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  await askUntilTold("/get?before");
  configure(digests.old, { LEVEL: "followed" });
  await succeed(stack.up());
  await askUntilTold("/get?after");
  follow.kill("SIGINT");
  expect((await follow).exitCode).toBe(0);
  const [before, after] = [setsOf("/get?before")[0], setsOf("/get?after")[0]];
  expect([before, after].sort()).toEqual(["blue", "green"]);
  const left = await succeed(stack.operation("logs", "--set", "idle", "--grep", "before"));
  expect(left).toContain(`${before} web-0`);
});
