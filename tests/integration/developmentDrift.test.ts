import {
  mkdirSync,
  renameSync,
  appendFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { otherColor } from "../../release/release";
import type { Drift } from "../../rules/delivery/drift";
import { withoutNotes, type DriftFinding } from "../../rules/drift/finding";
import { deriveRelease } from "../support/derivedImages";
import { pushForeignImage } from "../support/foreignImages";
import { goHttpbinService } from "../support/foreignServices";
import { finish } from "../support/runResult";
import { builtImages, SECRETS_DIRECTORY, succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const REPOSITORY = "localhost:5000/maestro-drift/go-httpbin";
/** In the local registry's volume. */
const STORAGE = "/docker/registry/v2/repositories/maestro-drift/go-httpbin";
const stack = new TestStack("itest-drift");
const foreign = `${stack.prefix.replaceAll("-", "_")}_visitor`;
const network = `${stack.prefix}-old-network`;
let images: Readonly<Record<"first" | "second", string>>;
let active: string;
let idle: string;

const docker = async (...args: string[]) => (await execa("docker", args)).stdout;
const inBash = (script: string) =>
  finish(
    execa("bash", ["-c", `maestro() { node bin/maestro.js "$@"; }; ${script}`], {
      ...{ cwd: packageRoot(), env: stack.environment, extendEnv: false },
      ...{ all: true, reject: false, stdin: "ignore" },
    }),
  );

function configure(digest: string): void {
  const service = (settings: object) => goHttpbinService({ repository: REPOSITORY, ...settings });
  stack.configure({
    release: { web: digest, api: digest },
    servicesFile: stack.writeServices({
      web: service({ secrets: ["TOKEN"] }),
      api: service({}),
    }),
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
  });
}

async function derive(version: string): Promise<string> {
  const settings = { namespace: "maestro-drift", from: "maestro-foreign" };
  const plain = await pushForeignImage("go-httpbin");
  return (await deriveRelease({ "go-httpbin": plain }, `drift-${version}`, settings))[
    "go-httpbin"
  ]!;
}

async function setToken(value: string): Promise<void> {
  await succeed(stack.secrets(["set", "--service", "web", "TOKEN"], value));
}

beforeAll(async () => {
  images = { first: await derive("1"), second: await derive("2") };
  await stack.create({});
  configure(images.first);
  await setToken("first-token");
  await succeed(stack.up());
  configure(images.second);
  await succeed(stack.up());
  const { activeColor } = await stack.outputs();
  active = `${stack.prefix}-${activeColor}`;
  idle = `${stack.prefix}-${otherColor(activeColor)}`;
});

afterAll(async () => {
  // Without a label: the stack does not know them.
  const others = [foreign, `${foreign}2`, `${idle}-api-0`];
  await execa("docker", ["rm", "--force", ...others], { reject: false });
  await execa("docker", ["volume", "rm", `${stack.prefix}-old-volume`], { reject: false });
  await stack.remove();
});

async function drift(): Promise<{ code: number; findings: readonly DriftFinding[]; text: string }> {
  const { exitCode, output } = await stack.operation("drift", "--json");
  const { findings, unseen } = JSON.parse(output) as Drift;
  expect(unseen).toEqual([]);
  return { code: exitCode, findings, text: output };
}

const ids = (findings: readonly DriftFinding[]) => findings.map(({ id }) => id).sort();

async function repair(findings: readonly DriftFinding[]): Promise<void> {
  const commands = new Set(withoutNotes(findings).map((finding) => finding.repair!));
  for (const command of commands) {
    const { exitCode, output } = await inBash(command);
    if (exitCode !== 0) throw new Error(`${command}\n${output}`);
  }
}

/** go-httpbin beside the stack, which answers whoever reaches it. */
async function runForeign(name: string, option: string): Promise<void> {
  await docker("run", "--detach", `--name=${name}`, option, `${REPOSITORY}@${images.second}`);
}

/** The registry forgets a manifest; its blobs stay, as after a clean-up of untagged images. */
async function forgetImage(digest: string): Promise<void> {
  const hash = digest.replace("sha256:", "");
  const revision = `${STORAGE}/_manifests/revisions/sha256/${hash}`;
  const volume = ["--user=0:0", "--volume=maestro-registry:/registry"];
  await docker("run", "--rm", ...volume, builtImages().edge, "rm", "-r", `/registry${revision}`);
}

/** As whoever is root on the host patches a container that is read-only inside. */
async function patchFile(container: string): Promise<void> {
  const format = "{{.GraphDriver.Data.UpperDir}}";
  const upper = await docker("inspect", "--format", format, container);
  mkdirSync(path.join(upper, "app"), { recursive: true });
  writeFileSync(path.join(upper, "app", "patched.py"), "print('patched')\n");
}

it("finds nothing where what runs is what was released", async () => {
  const { code, findings } = await drift();
  expect([code, ids(findings)]).toEqual([0, []]);
});

it("finds each fault, and each is mended by the command that it names", async () => {
  const edge = `${stack.prefix}-edge`;
  const label = `maestro.stack=${stack.prefix}`;
  const events = path.join(stack.directory, "records/events");
  const candidate = path.join(stack.directory, "edge/conf/candidate.conf");
  const { records } = stack.host;
  const placed = (await records.readPlacement("blue"))!.record;
  const lost = `sha256:${"0".repeat(64)}`;
  const services = { web: { ...placed.services["web"]!, digest: lost } };

  await docker("restart", `${active}-api-0`);
  await docker("update", "--memory=300m", "--memory-swap=300m", `${active}-api-0`);
  await patchFile(`${active}-web-0`);
  const secrets = path.join(SECRETS_DIRECTORY, stack.prefix, active.split("-").at(-1)!);
  writeFileSync(path.join(secrets, readdirSync(secrets)[0]!, "TOKEN"), "edited-token");
  await docker("rm", "--force", `${idle}-web-0`);
  await docker("rm", "--force", `${idle}-api-0`);
  const patched = ["--env=DEBUG=1", `--network=${stack.prefix}`, "--memory=256m"];
  await docker(
    "run",
    "--detach",
    `--name=${idle}-api-0`,
    ...patched,
    `${REPOSITORY}@${images.second}`,
  );
  appendFileSync(stack.host.edge.config, "# just for today\n");
  await docker("kill", "--signal=HUP", edge);
  await runForeign(foreign, `--network=${stack.prefix}`);
  await setToken("second-token");
  await forgetImage(images.first);
  // Kept for a rollback, and its image is nowhere any more.
  await records.writeRelease({ ...placed, id: "a00000000000", services });
  await docker("volume", "create", `--label=${label}`, `${stack.prefix}-old-volume`);
  await docker("network", "create", `--label=${label}`, network);
  const helper = [`--name=${stack.prefix}-helper`, `--label=${label}`, builtImages().edge];
  await docker("create", ...helper, "sleep", "1");
  writeFileSync(candidate, "");
  utimesSync(candidate, 0, 0);
  renameSync(path.join(events, "00000002.json"), path.join(stack.directory, "event.json"));

  const { code, findings, text } = await drift();
  expect(code).toBe(1);
  expect(ids(findings)).toEqual(
    [
      `container-changed/${idle}-api-0`,
      `container-missing/${idle}-web-0`,
      `edge-config-edited/${stack.prefix}`,
      `files-changed/${active}-web-0`,
      `foreign-container/${foreign}`,
      `image-missing/${REPOSITORY}@${images.first}`,
      `image-missing/${REPOSITORY}@${lost}`,
      `leftover-container/${stack.prefix}-helper`,
      `leftover-file/${candidate}`,
      `leftover-network/${network}`,
      `leftover-volume/${stack.prefix}-old-volume`,
      `limits-changed/${active}-api-0`,
      "records-broken/event-2-is-missing",
      `secret-differs/${active}-web-0`,
      "secret-rotated/web",
    ].sort(),
  );
  expect(text).not.toMatch(/first-token|second-token|edited-token/);

  await repair(findings);
  // What was restarted and is else as it was, is told and no drift.
  const after = await drift();
  expect([after.code, ids(withoutNotes(after.findings))]).toEqual([0, []]);
  expect(ids(after.findings)).toContain(`restarted/${active}-api-0`);
  expect(await succeed(stack.operation("releases verify"))).toContain(
    "event 2 is missing: accepted",
  );
});

it("finds what holds the edge's port while the edge is down", async () => {
  const edge = `${stack.prefix}-edge`;
  await docker("stop", edge);
  const { host } = new URL(stack.url);
  await runForeign(`${foreign}2`, `--publish=${host}:8080`);
  const { code, findings } = await drift();
  expect([code, ids(withoutNotes(findings))]).toEqual([
    1,
    [`edge-down/${edge}`, `foreign-port/${foreign}2`],
  ]);
  await repair(findings);
  expect(withoutNotes((await drift()).findings)).toEqual([]);
});

it("tells what could not be asked by an exit code of its own", async () => {
  const child = execa("node", ["bin/maestro.js", "drift", "--stack", stack.name], {
    env: { ...stack.environment, PULUMI_CONFIG_PASSPHRASE: "wrong" },
    ...{ extendEnv: false, all: true, reject: false },
  });
  const { exitCode, output } = await finish(child);
  expect([exitCode, output]).toEqual([2, expect.stringContaining("could not look: ")]);
});
