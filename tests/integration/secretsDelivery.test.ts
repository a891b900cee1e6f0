import { Readable } from "node:stream";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connectEngine, execIn } from "../../host/engine";
import { stateRoot } from "../../config/paths";
import { deriveRelease } from "../support/derivedImages";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { builtImages, SECRETS_DIRECTORY, succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-secrets");
const engine = connectEngine();
const SERVICE = "quality-fabric";
const OTHER = "template-service";
/** As keys are written: their readers want the line end, too. */
const MULTILINE = "-----BEGIN KEY-----\nline 2\n  line 3\n";

let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  const { release } = builtImages();
  first = { [SERVICE]: release[SERVICE]!, [OTHER]: release[OTHER]! };
  second = await deriveRelease(first, "secrets-2");
  await stack.create({});
});

afterAll(() => stack.remove());

async function release(digests: Record<string, string>, changes = {}) {
  configure(digests, changes);
  const result = await stack.up();
  if (result.exitCode !== 0) throw new Error(result.output);
  return result;
}

function configure(digests: Record<string, string>, changes = {}) {
  const servicesFile = stack.writeServices({
    [SERVICE]: { secrets: ["SIGNING_KEY", { name: "PLAIN", environment: true }], ...changes },
    [OTHER]: {},
  });
  stack.configure({ release: digests, servicesFile });
}

/** `secrets import` of a file with this line. */
async function importEnvFile(line: string) {
  const file = path.join(stateRoot(), "tests", stack.name, "secrets.env");
  writeFileSync(file, line);
  const result = await stack.secrets(["import", file]);
  if (result.exitCode !== 0) throw new Error(result.output);
}

async function set(key: string, value: string) {
  const result = await stack.secrets(["set", "--service", SERVICE, key], value);
  if (result.exitCode !== 0) throw new Error(result.output);
}

/** What a service's process finds, looked at as that process. */
async function inside(color: string, script: string, service = SERVICE): Promise<string> {
  const name = `${stack.prefix}-${color}-${service}-0`;
  return (await execIn(engine, name, ["sh", "-c", script])).output;
}

const valueIn = (color: string) => inside(color, "cat /run/secrets/SIGNING_KEY");
const filesOf = (color: string) => readdirSync(path.join(SECRETS_DIRECTORY, stack.prefix, color));

async function activeColor(): Promise<string> {
  return (await stack.outputs()).activeColor;
}

describe("a service's secrets", () => {
  it("are asked for in preview, before anything is touched", async () => {
    configure(first);
    const result = await stack.preview();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      new RegExp(
        `services.${SERVICE}.secrets: ${SERVICE} in Pulumi.${stack.name}.secrets.yaml is not there; make it`,
      ),
    );
    await set("SIGNING_KEY", MULTILINE);
    const half = await stack.up();
    expect(half.exitCode).not.toBe(0);
    expect(half.output).toMatch(/has no key PLAIN, its keys are SIGNING_KEY; set it with/);
    expect(half.output).not.toContain("line 2");
    expect((await stack.containers()).size).toBe(0);
  });

  it("may come late, as from a program that has to ask for them first", async () => {
    async function* late() {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      yield "late";
    }
    const args = ["set", "--service", SERVICE, "PLAIN"];
    await succeed(stack.secrets(args, Readable.from(late())));
  });

  it("are stored byte for byte, or refused by name", async () => {
    const bytes = Buffer.from("caf\xe9-Secret\n", "latin1");
    const refused = await stack.secrets(["set", "--service", SERVICE, "PLAIN"], bytes);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("PLAIN: is not UTF-8 (value hidden); save it as UTF-8");
    expect(refused.output).not.toContain("Secret");
    await expect(importEnvFile("PLAIN=pa$word")).rejects.toThrow(
      "line 1: PLAIN has a $, where Compose puts in a variable; put it in single quotes",
    );
  });

  it("are files that only its user can read, and only a plain variable where it asks for one", async () => {
    await importEnvFile("PLAIN=plain#value # a comment");
    await release(first);
    expect(await valueIn("blue")).toBe(MULTILINE.trim());
    expect(await inside("blue", "wc -c < /run/secrets/SIGNING_KEY")).toBe(`${MULTILINE.length}`);
    expect(await inside("blue", "stat -c '%a %u:%g' /run/secrets /run/secrets/*")).toBe(
      "500 10001:10001\n400 10001:10001\n400 10001:10001",
    );
    expect(await inside("blue", "echo $SIGNING_KEY_FILE $PLAIN_FILE $PLAIN -$SIGNING_KEY-")).toBe(
      "/run/secrets/SIGNING_KEY /run/secrets/PLAIN plain#value --",
    );
    expect(await inside("blue", "touch /run/secrets/x 2>&1")).toMatch(/Read-only file system/);
    expect(await inside("blue", "ls /run/secrets 2>&1", OTHER)).not.toContain("SIGNING_KEY");
    const again = await stack.up("--expect-no-changes");
    expect(again.exitCode).toBe(0);
  });

  it("reach a new release by rotation, without a lost request, and the old set keeps what it has", async () => {
    await release(second);
    await release(first);
    const load = new OpenLoopLoad({
      baseUrl: stack.url,
      getPaths: [`/${SERVICE}/version`, `/${OTHER}/version`],
      postPaths: [],
      requestsPerSecond: 100,
      connections: 16,
    });
    const before = await stack.containers(await activeColor());
    const old = await activeColor();
    try {
      const rotated = await stack.secrets(["rotate", "--service", SERVICE, "SIGNING_KEY"]);
      expect(rotated.exitCode).toBe(0);
      const twice = await stack.secrets(["rotate", "--service", SERVICE, "SIGNING_KEY"]);
      expect(twice.output).toMatch(/is not released yet, users still get v/);
      expect(twice.exitCode).not.toBe(0);
      await release(first);
    } finally {
      const result = await load.stop();
      expect(result.lost.slice(0, 5)).toEqual([]);
      expect(result.sent).toBeGreaterThan(200);
    }
    const now = await activeColor();
    expect(now).not.toBe(old);
    expect(await stack.containers(old)).toEqual(before);
    expect(await valueIn(old)).toBe(MULTILINE.trim());
    expect(await valueIn(now)).toMatch(/^[\w-]{43}$/);
  });

  it("change one container alone: the service whose version changed", async () => {
    const idle = (await activeColor()) === "blue" ? "green" : "blue";
    await release(first);
    const before = await stack.containers(idle);
    await set("PLAIN", "plain-value-2");
    await release(first);
    const after = await stack.containers(idle);
    const changed = [...after].filter(([name, { id }]) => before.get(name)?.id !== id);
    expect(changed.map(([name]) => name)).toEqual([`${stack.prefix}-${idle}-${SERVICE}-0`]);
    expect(filesOf(idle)).toHaveLength(1);
  });

  it("come back in their old version by a rollback, warm and cold", async () => {
    const rotatedValue = await valueIn(await activeColor());
    const { release: active, history } = await stack.outputs();
    const original = history.at(-1)!.release;
    expect(original).not.toBe(active.id);
    const cold = await stack.operation("rollback", "--to", original);
    expect(cold.output).toMatch(/its containers are made again/);
    expect(cold.exitCode).toBe(0);
    expect(await valueIn(await activeColor())).toBe(MULTILINE.trim());
    const warm = await stack.operation("rollback");
    expect(warm.output).toMatch(/only the traffic moves/);
    expect(await valueIn(await activeColor())).toBe(rotatedValue);
  });

  it("are listed, compared and audited by name and version, never by value", async () => {
    const list = await stack.secrets(["list", "--json"]);
    expect(JSON.parse(list.output)).toMatchObject([
      { service: SERVICE, keys: ["PLAIN", "SIGNING_KEY"], missing: [] },
    ]);
    await set("SIGNING_KEY", "another-value");
    const diff = await stack.secrets(["diff", "--json"]);
    expect(JSON.parse(diff.output)).toMatchObject([
      { service: SERVICE, added: [], removed: [], changed: ["SIGNING_KEY"] },
    ]);
    const audit = readFileSync(
      path.join(stateRoot(), "audit", `${stack.name}.secrets.jsonl`),
      "utf8",
    );
    const last = JSON.parse(audit.trim().split("\n").at(-1)!) as object;
    expect(last).toMatchObject({ action: "set", service: SERVICE, keys: ["SIGNING_KEY"] });
    const [event] = (await stack.host.records.events.list()).slice(-1);
    expect(event).toMatchObject({ kind: "secret changed", service: SERVICE });
    expect(event!.reason).toMatch(/^set SIGNING_KEY: version \S+$/);
    for (const text of [list.output, diff.output, audit, JSON.stringify(event)]) {
      expect(text).not.toMatch(/plain.value|another-value|line 2/);
    }
  });

  it("come back to both sets after the host's memory was emptied", async () => {
    const color = await activeColor();
    const name = `${stack.prefix}-${color}-${SERVICE}-0`;
    const value = await valueIn(color);
    await engine.getContainer(name).stop({ t: 1 });
    (await import("node:fs")).rmSync(path.join(SECRETS_DIRECTORY, stack.prefix), {
      recursive: true,
    });
    const result = await stack.secrets(["deliver"]);
    expect(result.output).toContain(`started ${name}`);
    expect(await valueIn(color)).toBe(value);
  });

  it("are gone from the host once no set has them", async () => {
    const empty = { secrets: [] };
    await release(first, empty);
    await release(second, empty);
    expect(existsSync(path.join(SECRETS_DIRECTORY, stack.prefix))).toBe(false);
  });
});
