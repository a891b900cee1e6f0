import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { parse, stringify } from "yaml";
import { packageRoot } from "../../config/project";
import { FakeForges } from "../support/fakeForges";
import { forgetUses } from "../support/machineUses";
import { ReleasingInstance } from "../support/releasingInstance";
import { succeed, TestStack } from "../support/testStack";
import { WorkflowRunner } from "../support/workflowRunner";

jest.setTimeout(600_000);

const PROJECT = "itest-flow";
const STACK = "itest-flows";
const SECRETS = { GITHUB_TOKEN: "ghs_x", PASSPHRASE: "test" };
const forges = new FakeForges();
let instance: ReleasingInstance;
let stack: TestStack;
let runner: WorkflowRunner;

beforeAll(async () => {
  await forges.start();
  instance = await ReleasingInstance.create(PROJECT);
  stack = new TestStack(STACK, { root: instance.directory, name: PROJECT });
  runner = await WorkflowRunner.create(instance.directory, {
    GITHUB_API_URL: forges.address,
    GITHUB_REPOSITORY: "acme/shop",
  });
  writeWorkflows();
  await stack.create({
    servicesFile: "services.yaml",
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
  });
  await runner.commit();
});

afterAll(async () => {
  await forges.stop();
  await stack.remove();
  await forgetUses(PROJECT);
  instance.remove();
});

/** As docs/delivery.md shows them. Packages are those of the test, since the package is not published. */
function writeWorkflows(): void {
  const own = path.join(instance.directory, "node_modules");
  const call = (name: string, inputs = "") => `
    uses: maestro/${name}.yml
    permissions: { contents: read, id-token: write, actions: read, pull-requests: write, issues: write }
    secrets: { passphrase: "\${{ secrets.PASSPHRASE }}" }
    with:
      stack: ${STACK}
      environment: demo
      backend: ${stack.environment["PULUMI_BACKEND_URL"]}
      install: ln -sfn ${own} node_modules${inputs}
`;
  const artifact = `\n      release-artifact: release-${STACK}`;
  runner.write("drift.yml", `on: schedule\njobs:\n  drift:${call("drift")}`);
  const dispatch = "workflow_dispatch: { inputs: { release: { type: string } } }";
  const release = "\n      release: ${{ inputs.release }}";
  runner.write("pull-request.yml", `on: pull_request\njobs:\n  preview:${call("preview")}`);
  runner.write(
    "main.yml",
    `on: push\njobs:\n  images:${call("images")}  deploy:\n    needs: images${call("deploy", artifact)}`,
  );
  runner.write(
    "rollback.yml",
    `on: { ${dispatch} }\njobs:\n  rollback:${call("rollback", release)}`,
  );
}

const served = () => instance.served(stack.url);

function pullRequest(from: string) {
  const head = { repo: { full_name: from } };
  return { pull_request: { number: 7, head }, repository: { full_name: "acme/shop" } };
}

const preview = (from: string) =>
  runner.run("pull-request.yml", "pull_request", pullRequest(from), SECRETS);

/** The step that makes the update, as Actions runs it: by bash, which is what gets a cancelled job's signal. */
function updateStep(): string {
  const text = readFileSync(path.join(packageRoot(), ".github/workflows/deploy.yml"), "utf8");
  const { jobs } = parse(text) as {
    jobs: { deploy: { steps: { name?: string; run?: string }[] } };
  };
  return jobs.deploy.steps.find(({ name }) => name === "pulumi up")!.run!;
}

describe("an instance's workflows", () => {
  it("build its images and release them at a push", async () => {
    const result = await succeed(runner.run("main.yml", "push", {}, SECRETS));
    expect(result).toMatch(/serves release \w{12}; moved and asked/);
    expect(result).toMatch(/Summary - .*healthy/);
    expect(await served()).toBe("info");
    const file = path.join(runner.artifacts, `release-${STACK}`, "release.yaml");
    const released = readFileSync(file, "utf8");
    expect(released).toMatch(/hello: sha256:[0-9a-f]{64}/);
    instance.write(`Pulumi.${STACK}.yaml`, released);
  });

  it("say in a pull request what it would do, except for a fork's", async () => {
    instance.writeService("debug");
    await runner.commit();
    const forked = await preview("eve/shop");
    expect(forked.exitCode).toBe(0);
    expect([forged(), forked.output.includes("pulumi preview")]).toEqual([[], false]);
    await succeed(preview("acme/shop"));
    expect(forged()).toEqual([
      expect.stringContaining("`env.HTTPBIN_ENV_LEVEL`: `info` → `debug`"),
    ]);
    expect(forges.labels).toEqual([`maestro/${STACK}:deploy`]);
    expect(readFileSync(path.join(runner.artifacts, `plan-${STACK}`, "plan.md"), "utf8")).toBe(
      forged()[0],
    );
  });

  it("fail a pull request whose preview fails, and say why in it", async () => {
    instance.writeService("[list]");
    await runner.commit();
    const result = await preview("acme/shop");
    expect(result.exitCode).not.toBe(0);
    expect(forged()).toEqual([expect.stringContaining("this change is refused")]);
  });

  it("go back when they are told to", async () => {
    instance.writeService("debug");
    await runner.commit();
    await succeed(runner.run("main.yml", "push", {}, SECRETS));
    expect(await served()).toBe("debug");
    const inputs = { release: "" };
    const result = await succeed(
      runner.run("rollback.yml", "workflow_dispatch", { inputs }, SECRETS),
    );
    expect(result).toMatch(/Summary - .*healthy/);
    expect(await served()).toBe("info");
    const kept = path.join(runner.artifacts, `stack-file-${STACK}`, `Pulumi.${STACK}.yaml`);
    expect(readFileSync(kept, "utf8")).toContain("maestro:settingsFrom:");
  });

  it("keep an issue open as long as what runs is not what was released", async () => {
    const drift = () => succeed(runner.run("drift.yml", "schedule", {}, SECRETS));
    const { activeColor } = await stack.outputs();
    const [name = ""] = (await stack.containers(activeColor)).keys();
    const limit = (size: string) =>
      execa("docker", ["update", `--memory=${size}`, `--memory-swap=${size}`, name]);
    await limit("300m");
    expect(await drift()).toMatch(/issue #\d+ opened/);
    expect(forges.issues.map(({ state, body }) => [state, body.includes(name)])).toEqual([
      ["open", true],
    ]);
    await limit("256m");
    await drift();
    expect(forges.issues.map(({ state }) => state)).toEqual(["closed"]);
  });

  it("leave the old set and no lock where their job is cancelled", async () => {
    const file = path.join(instance.directory, `Pulumi.${STACK}.yaml`);
    const stackFile = parse(readFileSync(file, "utf8")) as { config: Record<string, object> };
    stackFile.config["maestro:rollout"] = {
      bakeSeconds: 60,
      drainSeconds: 1,
      stabilizeSeconds: 0,
    };
    writeFileSync(file, stringify(stackFile));
    instance.writeService("cancelled");
    const before = await served();
    const job = execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", updateStep()], {
      cwd: instance.directory,
      env: { ...stack.environment, STACK },
      ...{ extendEnv: false, all: true, reject: false, stdin: "ignore" },
    });
    let seen = "";
    const moved = new Promise<boolean>((resolve) => {
      job.all!.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        if (/moved and asked/.test(seen)) resolve(true);
      });
    });
    // One that is refused never moves.
    const isMoved = await Promise.race([moved, job.then(() => false)]);
    expect([isMoved, isMoved ? "" : seen]).toEqual([true, ""]);
    expect(await served()).toBe("cancelled");
    // To that process alone, as Actions' runner does.
    process.kill(job.pid!, "SIGINT");
    expect((await job).exitCode).not.toBe(0);
    expect(await served()).toBe(before);
    instance.writeService(before!);
    await succeed(stack.up());
  });
});

const forged = () => forges.comments.map(({ body }) => body);
