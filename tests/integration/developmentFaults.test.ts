import execa from "execa";
import { connectEngine } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { ensureRegistry, removeRegistry } from "../../toolchain/setup/registry";
import { deriveRelease } from "../support/derivedImages";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { builtImages, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-faults");
/** A registry of the test's own: it is stopped in between. */
const REGISTRY = { address: "localhost:5056", name: "maestro-itest-faults-registry" };
const REGISTRY_CONFIG = { kind: "local", address: REGISTRY.address, namespace: "maestro" };
const engine = connectEngine();

let first: Record<string, string>;
let second: Record<string, string>;
let load: OpenLoopLoad;

function configure(release: Record<string, string>, config: Record<string, unknown> = {}): void {
  const all = Object.keys(builtImages().release);
  const services = Object.fromEntries(
    all.filter((name) => !(name in release)).map((name) => [name, { enabled: false }]),
  );
  stack.configure({
    ...config,
    release,
    registry: REGISTRY_CONFIG,
    services: { ...services, ...(config["services"] as object | undefined) },
  });
}

async function release(digests: Record<string, string>, config = {}) {
  configure(digests, config);
  const result = await stack.up();
  if (result.exitCode !== 0) throw new Error(result.output);
  return result;
}

/** The set that users get, and the digest it answers with. */
async function served(): Promise<{ set: string | null; digest: string }> {
  const answer = await fetch(`${stack.url}/quality-fabric/version`);
  const { digest } = (await answer.json()) as { digest: string };
  return { set: answer.headers.get("x-maestro-set"), digest };
}

/** Copies images to the test's own registry; a digest stays what it is. */
async function copyToOwnRegistry(digests: Readonly<Record<string, string>>): Promise<void> {
  for (const [service, digest] of Object.entries(digests)) {
    const source = `localhost:5000/maestro/${service}@${digest}`;
    const target = `${REGISTRY.address}/maestro/${service}:copy`;
    await execa("docker", ["pull", "--quiet", source]);
    await execa("docker", ["tag", source, target]);
    const { stdout } = await execa("docker", ["push", target]);
    expect(stdout).toContain(digest);
  }
}

beforeAll(async () => {
  await ensureRegistry(REGISTRY);
  const built = builtImages().release;
  const pick = (from: Readonly<Record<string, string>>) => ({
    "quality-fabric": from["quality-fabric"]!,
    "template-service": from["template-service"]!,
  });
  first = pick(built);
  second = await deriveRelease(first, "faults-2");
  await copyToOwnRegistry(first);
  await copyToOwnRegistry(second);
  await stack.create({ release: first });
  await release(first);
  load = new OpenLoopLoad({
    baseUrl: stack.url,
    getPaths: ["/quality-fabric/version", "/template-service/version"],
    postPaths: ["/quality-fabric/echo", "/template-service/echo"],
    requestsPerSecond: 100,
    connections: 16,
  });
});

afterAll(async () => {
  await load.stop();
  await stack.remove();
  await removeRegistry(REGISTRY.name);
});

afterEach(() => {
  expect(load.lostSoFar).toBe(0);
});

describe("a release that never becomes healthy", () => {
  const sick = {
    services: {
      "quality-fabric": { env: { FAULT_HEALTH: "fail" }, health: { deadlineSeconds: 6 } },
    },
  };

  it("fails in its deadline with the service's last log lines, and users keep what they had", async () => {
    const before = await served();
    const serving = await stack.containers(before.set!);
    configure(first, sick);
    const result = await stack.up();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /quality-fabric-0: not ready within 6 s: \/ready gave status 503/,
    );
    expect(result.output).toMatch(/last \d+ log lines:/);
    expect(result.output).toMatch(/release [0-9a-f]{12} is rejected/);
    expect(await served()).toEqual(before);
    expect(await stack.containers(before.set!)).toEqual(serving);
    expect((await stack.outputs()).release.digests).toEqual(first);
  });

  it("is refused the next time, until it is allowed by name", async () => {
    configure(first, sick);
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    const [, id] = /release ([0-9a-f]{12}) was rejected at/.exec(refused.output) ?? [];
    expect(refused.output).toContain(`pulumi config set maestro:allowRejected ${id}`);
    configure(first, { ...sick, allowRejected: id });
    const tried = await stack.up();
    expect(tried.output).toMatch(/not ready within 6 s/);
  });

  it("leaves the next update of the old release with nothing to do but to remove what failed", async () => {
    const before = await served();
    const serving = await stack.containers(before.set!);
    await release(first);
    expect(await served()).toEqual(before);
    expect(await stack.containers(before.set!)).toEqual(serving);
    expect((await stack.containers(before.set === "blue" ? "green" : "blue")).size).toBe(0);
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
  });

  it("is found out at once when the container dies", async () => {
    configure(first, {
      services: { "quality-fabric": { command: ["python3", "-c", "exit(3)"] } },
    });
    const result = await stack.up();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /quality-fabric-0: keeps exiting(?: with code 3)?, restarted \d+ times/,
    );
    await release(first);
  });
});

describe("the registry is down", () => {
  it("still rolls back to the warm release, and fails a deploy before any container is touched", async () => {
    await release(second);
    await engine.getContainer(REGISTRY.name).stop();
    try {
      const back = await stack.operation("rollback");
      expect(back.output).not.toMatch(/error:/);
      expect(back.exitCode).toBe(0);
      expect((await served()).digest).toBe(first["quality-fabric"]);
      const before = await stack.containers();
      configure({ ...first, "quality-fabric": `sha256:${"0".repeat(64)}` });
      const deploy = await stack.up();
      expect(deploy.exitCode).not.toBe(0);
      expect((await served()).digest).toBe(first["quality-fabric"]);
      const serving = await stack.containers((await served()).set!);
      for (const [name, container] of serving) expect(container).toEqual(before.get(name));
    } finally {
      await engine.getContainer(REGISTRY.name).start();
    }
    await release(first);
  });
});

describe("a container that nobody knows", () => {
  it("is removed when it has the name of one to be made on the idle set", async () => {
    const idle = (await served()).set === "blue" ? "green" : "blue";
    await stack.host.records.disprove(idle);
    const labels = {
      [LABELS.stack]: stack.prefix,
      [LABELS.color]: idle,
      [LABELS.service]: "quality-fabric",
      [LABELS.replica]: "0",
    };
    const name = `${stack.prefix}-${idle}-quality-fabric-0`;
    await engine
      .getContainer(name)
      .remove({ force: true, v: true })
      .catch(() => undefined);
    const image = `${REGISTRY.address}/maestro/quality-fabric@${first["quality-fabric"]}`;
    const leftover = await engine.createContainer({ name, Image: image, Labels: labels });
    await release(second);
    expect((await served()).digest).toBe(second["quality-fabric"]);
    await expect(leftover.inspect()).rejects.toThrow(/No such container|no such container/);
  });

  it("stops the update with its name when it is somebody else's", async () => {
    // A service more reloads the edge, which costs requests with nginx before 1.27.4; others measure that.
    await load.stop();
    const idle = (await served()).set === "blue" ? "green" : "blue";
    const image = `${REGISTRY.address}/maestro/quality-fabric@${first["quality-fabric"]}`;
    const name = `${stack.prefix}-${idle}-extra-0`;
    const foreign = await engine.createContainer({ name, Image: image });
    try {
      const extra = { repository: `${REGISTRY.address}/maestro/quality-fabric` };
      const services = { "quality-fabric": {}, "template-service": {}, extra };
      const release = { ...second, extra: second["quality-fabric"]! };
      stack.configure({
        release,
        servicesFile: stack.writeServices(services),
        registry: REGISTRY_CONFIG,
      });
      const result = await stack.up();
      expect(result.exitCode).not.toBe(0);
      expect(result.output).toContain(name);
      expect((await foreign.inspect()).Id).toBe(foreign.id);
    } finally {
      await foreign.remove({ force: true, v: true });
    }
    await release(second);
  });
});

describe("the edge", () => {
  it("moves to another address when the stack says so", async () => {
    await load.stop();
    const moved = stack.url.replace(/\d+$/, "18109");
    const edge = { listen: moved.replace("http://", "") };
    await release(second, { edge });
    expect((await fetch(`${moved}/quality-fabric/health`)).status).toBe(200);
    await release(second);
    expect((await served()).digest).toBe(second["quality-fabric"]);
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
  });

  it("stops the update when it cannot be asked, with the way out", async () => {
    await engine.getContainer(`${stack.prefix}-edge`).stop({ t: 1 });
    const result = await stack.up();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain(
      `container ${stack.prefix}-edge is exited; see \`docker logs ${stack.prefix}-edge\``,
    );
    await engine.getContainer(`${stack.prefix}-edge`).start();
    await release(second);
  });
});
