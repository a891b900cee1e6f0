import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import execa from "execa";
import { connectEngine } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { pulumiHome } from "../../config/locations";
import { packageRoot } from "../../config/project";
import { stateRoot } from "../../config/paths";
import { deriveRelease } from "../support/derivedImages";
import { SecretScan } from "../support/secretScan";
import { builtImages, SECRETS_DIRECTORY, TestStack, type RunResult } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-canary");
const SERVICE = "quality-fabric";
/** With what JSON, URLs and shells must escape. */
const CANARIES = {
  PASSWORD: `pw"c4naryZ8kQ2xW7vL5nP3\\&=$(id) ü+/`,
  SECRET_KEY: "k3yCanary0f9e8d7c6b5a4938271605f4",
};
const own = path.join(stateRoot(), "tests", stack.name);
const logs = path.join(own, "logs");
/** Of the test alone, so that the logs that Pulumi keeps of every command are this stack's. */
const ownPulumiHome = path.join(own, "pulumi-home");

let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  first = { [SERVICE]: builtImages().release[SERVICE]! };
  second = await deriveRelease(first, "canary-2");
  stack.extraEnvironment["PULUMI_HOME"] = ownPulumiHome;
  await stack.create({});
  symlinkSync(path.join(pulumiHome(), "plugins"), path.join(ownPulumiHome, "plugins"));
  mkdirSync(logs, { recursive: true });
  configure(first);
  for (const [key, value] of Object.entries(CANARIES)) {
    const result = await stack.secrets(["set", "--service", SERVICE, key], value);
    if (result.exitCode !== 0) throw new Error(result.output);
  }
});

function configure(release: Record<string, string>, settings = {}) {
  const secrets = Object.keys(CANARIES);
  const servicesFile = stack.writeServices({ [SERVICE]: { secrets, ...settings } });
  stack.configure({ release, servicesFile });
}

afterAll(() => stack.remove());

/** A verbose update; `watch` looks at all processes while it runs. */
async function update(scan: SecretScan): Promise<RunResult> {
  let running = true;
  const watch = async () => {
    for (; running; await sleep(100)) scan.processes();
  };
  const watching = watch();
  const result = await stack
    .up("--logtostderr", "--logflow", "-v=9", "--diff", "--debug")
    .finally(() => (running = false));
  await watching;
  expect(result.output.length).toBeGreaterThan(100_000);
  scan.text("output of pulumi up -v=9", result.output);
  return result;
}

/** Every place on this machine that an update may have written to. */
async function scanEverything(scan: SecretScan): Promise<void> {
  const export_ = await stack.pulumi(["stack", "export", "--stack", stack.name]);
  const history = await stack.pulumi(["stack", "history", "--json", "--stack", stack.name]);
  const output = await stack.pulumi(["stack", "output", "--json", "--stack", stack.name]);
  const preview = await stack.preview("--diff", "--json");
  const status = await stack.operation("status", "--json");
  const list = await stack.secrets(["list", "--json"]);
  for (const [name, { output: text }] of Object.entries({
    export_,
    history,
    output,
    preview,
    status,
    list,
  })) {
    scan.text(name, text);
  }
  // State, its backups and history; records, edge, audit; what the program was bundled to.
  scan.directory(stateRoot());
  for (const file of readdirSync(packageRoot()).filter((name) => name.includes(stack.name))) {
    scan.text(file, readFileSync(path.join(packageRoot(), file), "latin1"));
  }
  await scanPulumiLogs(scan);
  await scanContainers(scan);
  for (const directory of ["/tmp", "/var/lib/docker/containers"]) scanShallow(scan, directory);
}

/** Every command's own log: Pulumi writes one without being asked, encrypted as soon as it knows the stack. */
async function scanPulumiLogs(scan: SecretScan): Promise<void> {
  const directory = path.join(ownPulumiHome, "logs");
  const ofStack = readdirSync(directory).filter((name) => name.includes(`+${stack.name}-`));
  let updates = 0;
  for (const name of ofStack) {
    const { output } = await stack.pulumi(["logs", "decrypt", path.join(directory, name)]);
    // Other commands name the stack too: `pulumi config set`.
    if (/Registering resource/.test(output)) updates += 1;
    else expect(output).toMatch(/"msg":"Pulumi"/);
    scan.text(name, output);
  }
  expect(updates).toBeGreaterThan(2);
}

async function scanContainers(scan: SecretScan): Promise<void> {
  const engine = connectEngine();
  const label = [`${LABELS.stack}=${stack.prefix}`];
  const containers = await engine.listContainers({ all: true, filters: { label } });
  expect(containers.length).toBeGreaterThan(1);
  for (const { Id, ImageID } of containers) {
    scan.text(`inspect ${Id}`, JSON.stringify(await engine.getContainer(Id).inspect()));
    scan.text(`history ${ImageID}`, JSON.stringify(await engine.getImage(ImageID).history()));
    const { all = "" } = await execa("docker", ["logs", Id], { all: true });
    scan.text(`logs ${Id}`, all);
    const changes = await execa("docker", ["diff", Id]);
    expect(changes.stdout).not.toMatch(/secrets\/./);
  }
}

/** Files that are younger than the test: others' may be many and large. */
function scanShallow(scan: SecretScan, directory: string): void {
  const files = execa.sync(
    "find",
    [directory, "-xdev", "-type", "f", "-newer", path.join(own, "began"), "-size", "-8M"],
    { reject: false },
  );
  for (const file of files.stdout.split("\n").filter(Boolean)) {
    try {
      scan.text(file, readFileSync(file, "latin1"));
    } catch {
      // Gone meanwhile.
    }
  }
}

describe("planted secrets", () => {
  beforeAll(() => writeFileSync(path.join(own, "began"), ""));

  it("are found by the scan in every form, so that it would find a leak", () => {
    for (const value of Object.values(CANARIES)) {
      const forms = [
        value,
        JSON.stringify({ deep: JSON.stringify({ value }) }),
        `https://x/?q=${encodeURIComponent(value)}`,
        Buffer.from(`user:${value}`).toString("base64"),
        Buffer.from(`${value}\n`).toString("base64"),
      ];
      for (const form of forms) {
        const scan = new SecretScan({ value });
        scan.text("control", form);
        expect(scan.hits.length).toBeGreaterThan(0);
      }
    }
    const file = path.join(logs, "leak.txt");
    writeFileSync(file, `password=${CANARIES.PASSWORD}`);
    const scan = new SecretScan(CANARIES);
    scan.directory(own);
    rmSync(file);
    expect(scan.hits).toContainEqual({ where: file, form: "raw", secret: "PASSWORD" });
  });

  it("are found by the scan in what a killed program has compressed", () => {
    const file = path.join(logs, "leak.log");
    const compressed = gzipSync(`password=${CANARIES.SECRET_KEY} and more`);
    writeFileSync(file, compressed.subarray(0, -8));
    const scan = new SecretScan(CANARIES);
    scan.file(file);
    rmSync(file);
    expect(scan.hits).toContainEqual({ where: file, form: "raw", secret: "SECRET_KEY" });
  });

  it("are seen by the scan in a process's environment and arguments", async () => {
    const child = execa("sleep", ["20"], { env: { LEAK: CANARIES.SECRET_KEY }, reject: false });
    await sleep(200);
    const scan = new SecretScan(CANARIES);
    scan.processes();
    child.kill();
    await child;
    expect(scan.hits).toContainEqual({
      where: `/proc/${child.pid}/environ`,
      form: "raw",
      secret: "SECRET_KEY",
    });
  });

  it("reach the service, and nothing else, in a first release, a second one and a rollback", async () => {
    const scan = new SecretScan(CANARIES);
    for (const release of [first, second, first]) {
      configure(release);
      const result = await update(scan);
      expect(result.exitCode).toBe(0);
    }
    await scanEverything(scan);
    expect(scan.looked).toBeGreaterThan(500);
    expect(scan.hits).toEqual([]);
    const color = (await stack.outputs()).activeColor;
    const set = path.join(SECRETS_DIRECTORY, stack.prefix, color);
    const [directory = ""] = readdirSync(set);
    expect(readFileSync(path.join(set, directory, "PASSWORD"), "utf8")).toBe(CANARIES.PASSWORD);
  });

  it("show nowhere after an update that failed at the gate, and one that was killed", async () => {
    const scan = new SecretScan(CANARIES);
    configure(second, { env: { FAULT_HEALTH: "fail" }, health: { deadlineSeconds: 2 } });
    const failed = await update(scan);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toMatch(/is rejected/);
    configure(second, { env: { LOG_LEVEL: "debug" } });
    const killed = await stack.upKilledAt(
      /-secrets (creating|updating|created|updated)|-secrets.*(creating|updating)/,
    );
    scan.text("output of the killed update", killed.output);
    await stack.operation("unlock");
    await scanEverything(scan);
    expect(scan.hits).toEqual([]);
  });
});
