import { rmSync } from "node:fs";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { TestRegistry } from "../support/ecrStack";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const SERVICE = "template-service";
const demo = new TestStack("itest-aws-demo");
const production = new TestStack("itest-aws-production");

let registry: TestRegistry;
let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  await ensureAwsPlugins();
  registry = await TestRegistry.start();
  first = await registry.push([SERVICE], "first");
  second = await registry.push([SERVICE], "second");
  Object.assign(demo.extraEnvironment, registry.moto.environment);
  await demo.create({});
  for (const release of [first, second]) {
    demo.configure(settings(demo, { release }));
    await succeed(demo.up());
  }
  // Both stacks of one project, in one backend.
  const { PULUMI_BACKEND_URL = "" } = demo.environment;
  Object.assign(production.extraEnvironment, registry.moto.environment, { PULUMI_BACKEND_URL });
  await production.create({});
});

afterAll(async () => {
  rmSync("examples/consumer/Pulumi.itest-consumer.yaml", { force: true });
  await production.remove();
  await demo.remove();
  await registry.stop();
});

function settings(stack: TestStack, config: object) {
  const servicesFile = stack.writeServices({ [SERVICE]: {} });
  return { registry: registry.config, servicesFile, ...config };
}

function configurePromotion(config: object): void {
  production.configure(settings(production, { promoteFrom: demo.name, ...config }));
}

describe("a stack that takes its releases from another one", () => {
  it("waits until the release has soaked", async () => {
    configurePromotion({ minimumSoak: "7d" });
    const { exitCode, output } = await production.preview();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /has served in stack itest-aws-demo for .* it must for 168 h; wait 16\d h/,
    );
    expect((await production.containers()).size).toBe(0);
  });

  it("takes over the same digests, notes what speaks for them, and makes no repository", async () => {
    configurePromotion({ minimumSoak: "1s" });
    await succeed(production.up());
    const { release, history } = await production.outputs();
    const source = await demo.outputs();
    expect(release.digests).toEqual(source.release.digests);
    expect(history[0]?.promotion).toMatchObject({
      from: demo.name,
      release: source.release.id,
      by: source.history[0]?.by,
      at: source.history[0]?.at,
      verdict: "switched",
    });
    const { resources } = await production.exported();
    expect(resources.map(({ type }) => type).filter((type) => /^awsx?:/.test(type))).toEqual([]);
    expect((await production.up("--expect-no-changes")).exitCode).toBe(0);
  });

  it("takes a pinned release with its reason instead", async () => {
    configurePromotion({ minimumSoak: "7d", release: first, pinReason: "the other one leaks" });
    await succeed(production.up());
    const { release, history } = await production.outputs();
    expect(release.digests).toEqual(first);
    expect(history[0]).toMatchObject({ pinReason: "the other one leaks" });
    expect(history[0]?.promotion).toBeUndefined();
  });

  it("tells a stack of another project what it runs", async () => {
    const consumer = ["--cwd", "examples/consumer", "--stack", "itest-consumer"];
    await succeed(demo.pulumi(["--cwd", "examples/consumer", "stack", "init", "itest-consumer"]));
    const source = `organization/maestro/${production.name}`;
    await succeed(demo.pulumi([...consumer, "config", "set", "source", source]));
    await succeed(demo.pulumi([...consumer, "up", "--yes", "--skip-preview"]));
    const { output } = await demo.pulumi([...consumer, "stack", "output", "--json"]);
    const { release, history, services } = await production.outputs();
    expect(JSON.parse(output)).toEqual({
      targets: [{ service: SERVICE, url: services[SERVICE]?.url, image: services[SERVICE]?.image }],
      releaseId: release.id,
      releasedBy: history[0]?.by,
    });
  });

  it("cannot be destroyed while it serves", async () => {
    const { exitCode, output } = await production.destroy();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/protect/);
    expect((await fetch(`${production.url}/${SERVICE}/version`)).status).toBe(200);
  });
});
