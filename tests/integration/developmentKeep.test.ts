import { writeFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../config/project";
import { connectEngine } from "../../host/engine";
import { deriveRelease } from "../support/derivedImages";
import { builtImages, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-keep");
const engine = connectEngine();
const SERVICE = "quality-fabric";
/** A set may only be stopped once its requests have ended; the route allows them as long as the drain does. */
const DRAIN_SECONDS = 5;
const SERVICES = { [SERVICE]: { route: { readTimeoutSeconds: DRAIN_SECONDS } } };
const WARM = { keepPrevious: "warm", drainSeconds: DRAIN_SECONDS };

let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  first = { [SERVICE]: builtImages().release[SERVICE]! };
  second = await deriveRelease(first, "keep-2");
  await stack.create({});
});

afterAll(() => stack.remove());

async function release(digests: Record<string, string>, keepPrevious: string) {
  const services = stack.writeServices(SERVICES);
  stack.configure({
    release: digests,
    servicesFile: services,
    rollout: { ...WARM, keepPrevious },
  });
  const result = await stack.up();
  if (result.exitCode !== 0) throw new Error(result.output);
}

async function served(): Promise<string> {
  const answer = await fetch(`${stack.url}/${SERVICE}/version`);
  return ((await answer.json()) as { digest: string }).digest;
}

async function policyOf(color: string): Promise<string> {
  const container = engine.getContainer(`${stack.prefix}-${color}-${SERVICE}-0`);
  return (await container.inspect()).HostConfig.RestartPolicy?.Name ?? "";
}

async function stateOf(color: string): Promise<string | null> {
  const name = `${stack.prefix}-${color}-${SERVICE}-0`;
  const found = await engine.listContainers({ all: true, filters: { name: [name] } });
  return found[0]?.State ?? null;
}

describe("the set that no longer serves", () => {
  it("is stopped after the drain and started again by a rollback", async () => {
    await release(first, "stopped");
    await release(second, "stopped");
    expect(await served()).toBe(second[SERVICE]);
    expect(await stateOf("blue")).toBe("exited");
    expect([await policyOf("blue"), await policyOf("green")]).toEqual(["no", "always"]);
    const before = await stack.containers("blue");
    await release(first, "stopped");
    expect(await served()).toBe(first[SERVICE]);
    expect(await stateOf("blue")).toBe("running");
    expect(await stateOf("green")).toBe("exited");
    expect([await policyOf("blue"), await policyOf("green")]).toEqual(["always", "no"]);
    const ids = (containers: typeof before) => [...containers.values()].map(({ id }) => id);
    expect(ids(await stack.containers("blue"))).toEqual(ids(before));
  });

  it("is gone after the next update when it is to be removed, and made again by a rollback", async () => {
    await release(second, "removed");
    expect(await served()).toBe(second[SERVICE]);
    expect(await stateOf("blue")).toBe("exited");
    await release(second, "removed");
    expect(await stateOf("blue")).toBeNull();
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
    await release(first, "removed");
    expect(await served()).toBe(first[SERVICE]);
  });

  it("is warm by default: a rollback finds it running", async () => {
    await release(second, "warm");
    expect(await stateOf("blue")).toBe("running");
    expect(await stateOf("green")).toBe("running");
  });
});

describe("a container lost by hand", () => {
  it("stops a rollback to its set before the traffic moves; the next update makes the set again", async () => {
    const { activeColor, release: active } = await stack.outputs();
    const idle = activeColor === "blue" ? "green" : "blue";
    await engine
      .getContainer(`${stack.prefix}-${idle}-${SERVICE}-0`)
      .remove({ force: true, v: true });
    const services = stack.writeServices(SERVICES);
    stack.configure({ release: first, servicesFile: services, rollout: WARM });
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(/is missing; run the update again, which makes the set again/);
    expect(await served()).toBe(active.digests[SERVICE]);
    expect((await stack.up()).exitCode).toBe(0);
    expect(await served()).toBe(first[SERVICE]);
    await release(second, "warm");
  });

  it("is made again by an update with a refresh, from the release its set holds", async () => {
    const color = (await stack.outputs()).activeColor;
    await engine
      .getContainer(`${stack.prefix}-${color}-${SERVICE}-0`)
      .remove({ force: true, v: true });
    const status = await stack.operation("status");
    expect(status.exitCode).toBe(1);
    expect(status.output).toMatch(/is missing: run `pulumi up --refresh`/);
    const result = await stack.up("--refresh");
    expect(result.exitCode).toBe(0);
    expect(await stateOf(color)).toBe("running");
    for (let tries = 0; tries < 600; tries += 1) {
      const answer = await fetch(`${stack.url}/${SERVICE}/health`);
      if (answer.status === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await served()).toBe(second[SERVICE]);
  });

  it("does not change anything for a refresh when nothing is lost", async () => {
    const before = await stack.containers();
    expect((await stack.up("--refresh")).exitCode).toBe(0);
    expect(await stack.containers()).toEqual(before);
  });
});

describe("gates", () => {
  const gate = path.join(packageRoot(), ".maestro/tests/itest-keep/gate.mjs");
  const frozen = {
    window: {
      timeZone: "UTC",
      freezes: [{ from: "2020-01-01", to: "2099-01-01", reason: "nobody is there" }],
    },
  };
  const common = path.join(path.dirname(gate), "common.js");
  const own = {
    modules: [gate, common].map((file) => ({ module: path.relative(packageRoot(), file) })),
  };
  const configure = (digests: Record<string, string>, keys: StackConfig) => {
    const services = stack.writeServices(SERVICES);
    stack.configure({ release: digests, servicesFile: services, rollout: WARM, ...keys });
  };
  const kinds = async () => (await stack.host.records.events.list()).map(({ kind }) => kind);

  it("say in a preview until when they are open", async () => {
    const third = await deriveRelease(first, "keep-3");
    const freezes = [{ from: "2098-01-01", to: "2099-01-01", reason: "far away" }];
    configure(third, { gates: { window: { timeZone: "UTC", freezes } } });
    const { output, exitCode } = await stack.preview();
    expect(output).toContain("gate window: open until Wed 1 Jan 2098 00:00 UTC");
    expect(exitCode).toBe(0);
  });

  it("keep a new release in before anything is touched, and a preview says so", async () => {
    const third = await deriveRelease(first, "keep-3");
    configure(third, { gates: frozen });
    const before = [await stack.containers(), await kinds()];
    const preview = await stack.preview();
    expect(preview.output).toMatch(/gate window: frozen: nobody is there; opens Thu 1 Jan 2099/);
    expect(preview.exitCode).toBe(0);
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(/release (\w+) must wait/);
    expect([await stack.containers(), await kinds()]).toEqual(before);
    const id = /release (\w+) must wait/.exec(refused.output)![1]!;
    configure(third, {
      gates: frozen,
      override: { release: id, reason: "users cannot log in" },
    });
    expect((await stack.up()).exitCode).toBe(0);
    expect(await served()).toBe(third[SERVICE]);
    const [event] = (await stack.host.records.events.list()).filter(
      ({ kind }) => kind === "gate overridden",
    );
    expect(event).toMatchObject({ release: id });
    expect(event!.reason).toMatch(/^users cannot log in; passed: gate window: frozen/);
  });

  it("are not in the way of a release that has served", async () => {
    configure(second, { gates: frozen });
    expect((await stack.up()).exitCode).toBe(0);
    expect(await served()).toBe(second[SERVICE]);
  });

  it("of the project's own can shut while a release is proven; then only the traffic is left to move", async () => {
    const fourth = await deriveRelease(first, "keep-4");
    const ask = '({ moment }) => (moment === "place" ? null : "not now")';
    writeFileSync(gate, `export const ask = ${ask};`);
    writeFileSync(common, `module.exports = { ask: ${ask} };`);
    configure(fourth, { gates: own });
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(/gate .*gate\.mjs: not now/);
    expect(refused.output).toMatch(/gate .*common\.js: not now/);
    expect(await served()).toBe(second[SERVICE]);
    expect((await kinds()).at(-1)).toBe("proven");
    writeFileSync(gate, "export const ask = () => null;");
    writeFileSync(common, "exports.ask = () => null;");
    const before = await stack.containers();
    expect((await stack.up()).exitCode).toBe(0);
    expect(await served()).toBe(fourth[SERVICE]);
    expect(await stack.containers()).toEqual(before);
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
  });
});
