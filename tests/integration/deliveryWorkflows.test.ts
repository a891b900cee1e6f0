import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { parse, stringify } from "yaml";
import { packageRoot } from "../../config/project";
import { FakeForges } from "../support/fakeForges";
import { forgetUses } from "../support/machineUses";
import { ReleasingInstance } from "../support/releasingInstance";
import { KEY_PASSWORD, SignedImages, useSigningTools } from "../support/signedImages";
import { succeed, TestStack } from "../support/testStack";
import { WorkflowRunner } from "../support/workflowRunner";

jest.setTimeout(600_000);

const PROJECT = "itest-flow";
const STACK = "itest-flows";
const SECRETS: Record<string, string> = { GITHUB_TOKEN: "ghs_x", PASSPHRASE: "test" };
const SHOP = "https://github.com/acme/shop";
const provenance = { builder: `${SHOP}/.github/workflows/main.yml`, source: SHOP };
const forges = new FakeForges();
let instance: ReleasingInstance;
let stack: TestStack;
let runner: WorkflowRunner;
let keys: SignedImages;
let leaveTools: () => void;

beforeAll(async () => {
  leaveTools = await useSigningTools();
  keys = await SignedImages.create("flow");
  await forges.start();
  instance = await ReleasingInstance.create(PROJECT);
  stack = new TestStack(STACK, { root: instance.directory, name: PROJECT });
  runner = await WorkflowRunner.create(instance.directory, {
    GITHUB_API_URL: forges.address,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_WORKFLOW_REF: "acme/shop/.github/workflows/main.yml@refs/heads/main",
  });
  instance.packed.copy(path.join(keys.directory, "flow.pub"), "cosign.pub");
  SECRETS["COSIGN_KEY"] = readFileSync(path.join(keys.directory, "flow.key"), "utf8");
  SECRETS["COSIGN_PASSWORD"] = KEY_PASSWORD;
  writeWorkflows();
  await stack.create({
    servicesFile: "services.yaml",
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
    gates: { sboms: { onMissing: "refuse" }, signatures: { key: "cosign.pub", provenance } },
  });
  await runner.commit();
});

afterAll(async () => {
  await forges.stop();
  await stack.remove();
  await forgetUses(PROJECT);
  instance.remove();
  await keys.remove();
  leaveTools();
});

/** As docs/delivery.md shows them. Packages are those of the test, since the package is not published. */
function writeWorkflows(): void {
  const own = path.join(instance.directory, "node_modules");
  const call = (name: string, inputs = "", secrets = "") => `
    uses: maestro/${name}.yml
    permissions: { contents: read, id-token: write, actions: read, pull-requests: write, issues: write }
    secrets:
      passphrase: "\${{ secrets.PASSPHRASE }}"${secrets}
    with:
      stack: ${STACK}
      environment: demo
      backend: ${stack.environment["PULUMI_BACKEND_URL"]}
      install: ln -sfn ${own} node_modules${inputs}
`;
  const secretOf = (name: string, its: string) => `\n      ${name}: "\${{ secrets.${its} }}"`;
  const key = secretOf("cosign-key", "COSIGN_KEY") + secretOf("cosign-password", "COSIGN_PASSWORD");
  const signing = "\n      sign: env://COSIGN_KEY\n      provenance: true\n      sbom: true";
  const images = call("images", signing, key);
  const artifact = `\n      release-artifact: release-${STACK}`;
  runner.write("drift.yml", `on: schedule\njobs:\n  drift:${call("drift")}`);
  const dispatch = "workflow_dispatch: { inputs: { release: { type: string } } }";
  const release = "\n      release: ${{ inputs.release }}";
  runner.write("pull-request.yml", `on: pull_request\njobs:\n  preview:${call("preview")}`);
  runner.write(
    "main.yml",
    `on: push\njobs:\n  images:${images}  deploy:\n    needs: images${call("deploy", artifact)}`,
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
    const digest = /hello: sha256:([0-9a-f]{64})/.exec(released)?.[1];
    const parts = path.join(runner.artifacts, `release-${STACK}`, "sboms", `${digest}.spdx.json`);
    expect(readFileSync(parts, "utf8")).toContain("go-httpbin");
    instance.write(`Pulumi.${STACK}.yaml`, released);
    const { id } = (await stack.outputs()).release;
    expect(await succeed(instance.packed.maestro("history", "show", id, "--stack", STACK))).toMatch(
      new RegExp(`hello  parts: sboms/${digest}.spdx.json, sha256 [0-9a-f]{64}`),
    );
  });

  it("release nothing that nobody has signed", async () => {
    const signed = readFileSync(path.join(instance.directory, `Pulumi.${STACK}.yaml`), "utf8");
    instance.write("hello/more", "not signed");
    await succeed(instance.packed.maestro("images", "--stack", STACK));
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(/gate signatures: hello: sha256:\w{12} has no signature; build/);
    expect(refused.output).toMatch(/gate sboms: hello: .* is not there/);
    instance.write(`Pulumi.${STACK}.yaml`, signed);
    rmSync(path.join(instance.directory, "hello/more"));
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
