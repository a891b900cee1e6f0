import { connectEngine, execIn } from "../../host/engine";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { TestRegistry } from "../support/ecrStack";
import { RemoteStack } from "../support/remoteStack";
import { SshServer } from "../support/sshServer";
import { SECRETS_DIRECTORY, succeed, type TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const SERVICE = "quality-fabric";
const server = new SshServer(18259);

const demo = new RemoteStack("itest-way-demo");
const production = new RemoteStack("itest-way-production");

let registry: TestRegistry;
let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  await ensureAwsPlugins();
  await server.start();
  registry = await TestRegistry.start();
  first = await registry.push([SERVICE], "first");
  second = await registry.push([SERVICE], "second");
  Object.assign(demo.extraEnvironment, registry.moto.environment);
  const { PULUMI_BACKEND_URL = "" } = demo.environment;
  Object.assign(production.extraEnvironment, registry.moto.environment, { PULUMI_BACKEND_URL });
  await demo.create({});
  await production.create({});
});

afterAll(async () => {
  await production.remove();
  await demo.remove();
  await registry.stop();
  await server.remove();
});

function configure(stack: TestStack, config: object): void {
  stack.configure({
    registry: registry.config,
    servicesFile: stack.writeServices({ [SERVICE]: { secrets: ["SECRET_KEY"] } }),
    secrets: { kind: "aws", directory: SECRETS_DIRECTORY },
    ...server.config,
    ...config,
  });
}

async function setSecret(stack: TestStack, value: string): Promise<void> {
  await succeed(stack.secrets(["set", "--service", SERVICE, "SECRET_KEY"], value));
}

/** The secret as the serving container has it. */
async function servedSecret(stack: TestStack): Promise<string> {
  const { activeColor } = await stack.outputs();
  const name = `${stack.prefix}-${activeColor}-${SERVICE}-0`;
  return (await execIn(connectEngine(), name, ["cat", "/run/secrets/SECRET_KEY"])).output;
}

async function servedDigest(stack: TestStack): Promise<string> {
  const answer = await fetch(`${stack.url}/${SERVICE}/version`);
  return ((await answer.json()) as { digest: string }).digest;
}

/** Does something while users are there; none of them may notice. */
async function underLoad(stack: TestStack, action: () => Promise<void>): Promise<void> {
  const load = new OpenLoopLoad({
    baseUrl: stack.url,
    getPaths: [`/${SERVICE}/version`],
    postPaths: [`/${SERVICE}/echo`],
    requestsPerSecond: 50,
    connections: 8,
  });
  try {
    await action();
  } finally {
    const { lost, sent } = await load.stop();
    expect(lost.slice(0, 5)).toEqual([]);
    expect(sent).toBeGreaterThan(100);
  }
}

describe("images in ECR, secrets in Secrets Manager, hosts over SSH", () => {
  it("release to demo, release again, and roll back, without a lost request", async () => {
    configure(demo, { release: first });
    await setSecret(demo, "demo-value-1");
    await succeed(demo.up());
    expect(await servedDigest(demo)).toBe(first[SERVICE]);
    expect(await servedSecret(demo)).toBe("demo-value-1");
    await underLoad(demo, async () => {
      configure(demo, { release: second });
      await succeed(demo.up());
      expect(await servedDigest(demo)).toBe(second[SERVICE]);
      expect(await succeed(demo.operation("rollback"))).toMatch(/only the traffic moves/);
      expect(await servedDigest(demo)).toBe(first[SERVICE]);
    });
  });

  it("take to production what has soaked in demo, with production's own secret", async () => {
    configure(production, { promoteFrom: demo.name, minimumSoak: "1s" });
    await setSecret(production, "production-value-1");
    await succeed(production.up());
    expect(await servedDigest(production)).toBe(first[SERVICE]);
    expect(await servedSecret(production)).toBe("production-value-1");
    const { history } = await production.outputs();
    expect(history[0]?.promotion).toMatchObject({ from: demo.name });
  });

  it("rotate a secret of production with a release, and go back to the value before, without a lost request", async () => {
    await underLoad(production, async () => {
      await succeed(production.secrets(["rotate", "--service", SERVICE, "SECRET_KEY"]));
      await succeed(production.up());
      expect(await servedSecret(production)).toMatch(/^[\w-]{43}$/);
      await succeed(production.operation("rollback"));
      expect(await servedSecret(production)).toBe("production-value-1");
    });
    expect(await servedSecret(demo)).toBe("demo-value-1");
  });

  it("refuse to destroy production", async () => {
    const { exitCode, output } = await production.destroy();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/protect/);
    expect(await servedDigest(production)).toBe(first[SERVICE]);
  });
});
