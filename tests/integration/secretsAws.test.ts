import path from "node:path";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { connectEngine, execIn } from "../../host/engine";
import { stateRoot } from "../../config/paths";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { Moto } from "../support/moto";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { SecretScan } from "../support/secretScan";
import { builtImages, SECRETS_DIRECTORY, succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const SERVICE = "quality-fabric";
const VALUE = "c4naryZ8kQ2xW7vL5nP3";

const stack = new TestStack("itest-vault");
const secretId = `maestro/${stack.name}/${SERVICE}`;
let moto: Moto;
let client: SecretsManagerClient;

beforeAll(async () => {
  await ensureAwsPlugins();
  moto = await Moto.start();
  client = new SecretsManagerClient(moto.client);
  Object.assign(stack.extraEnvironment, moto.environment);
  await stack.create({});
  configure();
});

afterAll(async () => {
  await stack.remove();
  client.destroy();
  await moto.stop();
});

function configure(env: Record<string, string> = {}, settings: object = {}) {
  const service = { secrets: ["SECRET_KEY"], env, ...settings };
  stack.configure({
    release: { [SERVICE]: builtImages().release[SERVICE]! },
    servicesFile: stack.writeServices({ [SERVICE]: service }),
    secrets: { kind: "aws", directory: SECRETS_DIRECTORY },
  });
}

async function release(env: Record<string, string> = {}) {
  configure(env);
  await succeed(stack.up());
}

async function put(text: string) {
  await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: text }));
}

async function valueIn(color: string): Promise<string> {
  const name = `${stack.prefix}-${color}-${SERVICE}-0`;
  return (await execIn(connectEngine(), name, ["cat", "/run/secrets/SECRET_KEY"])).output;
}

const activeColor = async () => (await stack.outputs()).activeColor;

/** @returns the new version's id. */
async function rotate(): Promise<string> {
  const { exitCode, output } = await stack.secrets(["rotate", "--service", SERVICE, "SECRET_KEY"]);
  expect(exitCode).toBe(0);
  return /version (\S+)/.exec(output)?.[1] ?? "";
}

async function refused(): Promise<string> {
  const { exitCode, output } = await stack.up();
  expect(exitCode).not.toBe(0);
  expect(output).not.toContain(VALUE);
  expect((await stack.containers()).size).toBe(0);
  return output.replace(/\s+/g, " ");
}

describe("a secret in Secrets Manager", () => {
  it("that is missing, malformed, empty or without the key is refused by name, before anything is touched", async () => {
    const at = `services.${SERVICE}.secrets`;
    expect(await refused()).toContain(`${at}: secret ${secretId} is not there; make it with`);
    const { ARN = "" } = await client.send(
      new CreateSecretCommand({ Name: secretId, SecretString: `{"SECRET_KEY": "${VALUE}` }),
    );
    expect(await refused()).toContain(
      `${at}: secret ${secretId} (${ARN}) is not JSON (value hidden);`,
    );
    await put(" ");
    expect(await refused()).toContain(`${at}: secret ${secretId} (${ARN}) is empty;`);
    await put(JSON.stringify({ OTHER: VALUE }));
    expect(await refused()).toMatch(
      /SECRET_KEY: secret .*, has no key SECRET_KEY, its keys are OTHER; set it with/,
    );
    await put(JSON.stringify({ SECRET_KEY: "" }));
    expect(await refused()).toMatch(/SECRET_KEY: secret .*, has nothing in it; set it with/);
  });

  it("is delivered, and kept by Pulumi as a protected resource without its value", async () => {
    const set = await stack.secrets(["set", "--service", SERVICE, "SECRET_KEY"], VALUE);
    expect(set.exitCode).toBe(0);
    await release();
    expect(await valueIn("blue")).toBe(VALUE);
    const { resources } = await stack.exported();
    const secret = resources.find(({ type }) => type === "aws:secretsmanager/secret:Secret");
    expect(secret).toMatchObject({ protect: true, inputs: { name: secretId } });
    expect(JSON.stringify(resources)).not.toContain(VALUE);
    const again = await stack.up("--expect-no-changes");
    expect(again.exitCode).toBe(0);
  });

  it("is rotated with a release, without a lost request, while the value before stays AWSPREVIOUS", async () => {
    await release({ LOG_LEVEL: "debug" });
    const old = await activeColor();
    const load = new OpenLoopLoad({
      baseUrl: stack.url,
      getPaths: [`/${SERVICE}/version`],
      postPaths: [],
      requestsPerSecond: 100,
      connections: 16,
    });
    let version = "";
    try {
      version = await rotate();
      await release({ LOG_LEVEL: "debug" });
    } finally {
      const { lost, sent } = await load.stop();
      expect(lost.slice(0, 5)).toEqual([]);
      expect(sent).toBeGreaterThan(100);
    }
    const now = await activeColor();
    expect(await valueIn(old)).toBe(VALUE);
    expect(await valueIn(now)).toMatch(/^[\w-]{43}$/);
    const { VersionIdsToStages } = await client.send(
      new DescribeSecretCommand({ SecretId: secretId }),
    );
    expect(VersionIdsToStages?.[version]).toEqual(["AWSCURRENT"]);
    expect(Object.values(VersionIdsToStages ?? {})).toContainEqual(["AWSPREVIOUS"]);
  });

  it("comes back in its old version by a rollback, even when the account cannot be asked", async () => {
    stack.extraEnvironment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9";
    const result = await stack.operation("rollback");
    Object.assign(stack.extraEnvironment, moto.environment);
    expect(result.output).toMatch(/only the traffic moves/);
    expect(result.exitCode).toBe(0);
    expect(await valueIn(await activeColor())).toBe(VALUE);
  });

  it("is nowhere, after updates that failed and were killed too: state, history, export, logs, inspection", async () => {
    const scan = new SecretScan({ SECRET_KEY: VALUE });
    // Otherwise the next release would have a generated value, which nobody can look for.
    await succeed(stack.secrets(["set", "--service", SERVICE, "SECRET_KEY"], VALUE));
    configure({ FAULT_HEALTH: "fail" }, { health: { deadlineSeconds: 2 } });
    const failed = await stack.up("--logtostderr", "--logflow", "-v=9", "--debug");
    expect(failed.output).toMatch(/is rejected/);
    configure({ LOG_LEVEL: "warning" });
    const killed = await stack.upKilledAt(/-secrets (creating|updating|created|updated)/);
    await stack.operation("unlock");
    for (const { output } of [failed, killed]) scan.text("output of an update", output);
    const select = ["--stack", stack.name];
    const texts = {
      export: await stack.pulumi(["stack", "export", ...select]),
      history: await stack.pulumi(["stack", "history", "--json", ...select]),
      preview: await stack.preview("--diff", "--json"),
      log: await stack.preview("--logtostderr", "--logflow", "-v=9"),
    };
    for (const [name, { output }] of Object.entries(texts)) scan.text(name, output);
    scan.directory(path.join(stateRoot(), "tests", stack.name));
    for (const { id } of (await stack.containers()).values()) {
      scan.text(id, JSON.stringify(await connectEngine().getContainer(id).inspect()));
    }
    expect(texts.log.output.length).toBeGreaterThan(50_000);
    expect(scan.looked).toBeGreaterThan(20);
    expect(scan.hits).toEqual([]);
  });

  it("survives the stack: a destroy refuses", async () => {
    const { exitCode, output } = await stack.destroy();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/protect/);
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
    expect(DeletedDate).toBeUndefined();
  });
});
