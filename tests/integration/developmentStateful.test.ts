import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import execa from "execa";
import { connectEngine } from "../../host/engine";
import { readVolume } from "../../host/statefulVolumes";
import type { BackupManifest } from "../../rules/backups/manifest";
import type { StatefulInput } from "../../rules/stepInput";
import type { TopLook } from "../../rules/top/topTable";
import { MetricsReader } from "../support/metricsReader";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { CACHE, StatefulStack } from "../support/statefulStack";
import { succeed } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new StatefulStack("itest-stateful");
const first = `${stack.prefix}-${CACHE}`;
const second = `${first}-2`;
const third = `${first}-3`;

beforeAll(() => stack.begin());
afterAll(() => stack.end());

/** What the state has told its step last. */
async function lastInput(): Promise<StatefulInput> {
  const { resources } = await stack.exported();
  const found = resources.find(({ urn }) => urn.endsWith(`::stateful-${CACHE}`));
  return JSON.parse(found?.inputs?.["stdin"] as string) as StatefulInput;
}

describe("a stateful service", () => {
  it("runs before the first release, hardened, and is found by its plain name", async () => {
    stack.use({});
    await succeed(stack.up());
    expect(await stack.redisFromWeb("PING")).toBe("+PONG");
    expect(await stack.redis("SET", "order", "4711")).toBe("OK");
    const { Config, HostConfig, NetworkSettings } = await stack.inspect();
    expect([Config.User, Config.Hostname]).toEqual(["10001:10001", CACHE]);
    expect(HostConfig).toMatchObject({
      ...{ ReadonlyRootfs: true, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges:true"] },
      ...{ Memory: 64 * 1024 ** 2, PidsLimit: 256, PortBindings: null },
    });
    expect(Object.keys(NetworkSettings.Networks)).toEqual([stack.prefix]);
  });

  it("stays as it is in a release that wants another image, which says how to update it", async () => {
    const { Id, State } = await stack.inspect();
    stack.nextRelease({ image: stack.images[1] });
    const output = await succeed(stack.up());
    expect(output).toMatch(/cache waits for `maestro stateful update cache`: image \S+ -> \S+/);
    expect(output).not.toMatch(/stateful-cache\s+(creat|updat|delet)/);
    const after = await stack.inspect();
    expect([after.Id, after.State.StartedAt]).toEqual([Id, State.StartedAt]);
  });

  it("is updated on purpose, with a backup before, and has its data", async () => {
    const release = (await stack.outputs()).release.id;
    await succeed(stack.operation("stateful update", CACHE));
    expect(await stack.redisFromWeb("GET order")).toBe("$4\r\n4711");
    const { Config } = await stack.inspect();
    expect([Config.Image, Config.Hostname]).toEqual([stack.images[1], CACHE]);
    expect((await stack.outputs()).release.id).toBe(release);
    expect(await stack.volumes()).toEqual([first, second]);
    const files = readdirSync(stack.backupFiles);
    const manifest = files.find((name) => name.endsWith(".manifest.json"))!;
    const { name, services } = JSON.parse(
      readFileSync(`${stack.backupFiles}/${manifest}`, "utf8"),
    ) as BackupManifest;
    const [dump] = services!;
    expect(dump).toMatchObject({ service: CACHE, image: stack.images[0], form: "dump" });
    const content = readFileSync(`${stack.backupFiles}/${dump!.file}`);
    expect([content.subarray(0, 5).toString(), content.includes("order")]).toEqual(["REDIS", true]);
    const events = (await stack.host.records.events.list()).map((event) => [
      event.kind,
      event.reason ?? "",
    ]);
    expect(events.slice(-2)).toEqual([
      ["backed up", `${name}, before an update of cache`],
      [
        "stateful updated",
        expect.stringContaining(`; backup ${name}; data before: volume ${first}`),
      ],
    ]);
  });

  it("is taken back by the next update where its own one is killed", async () => {
    const input = await lastInput();
    const to = {
      ...input,
      number: input.number + 1,
      plan: { ...input.plan, image: stack.images[0]! },
    };
    const { exitCode } = await stack.stepKilledAt(/is stopped/, "applyStateful", to);
    expect(exitCode).not.toBe(0);
    expect((await stack.host.records.stateful.read(CACHE))?.update?.volume).toBe(third);
    const back = { ...input, number: input.number + 2 };
    expect(await succeed(stack.step("applyStateful", back))).toContain("is taken back");
    expect(await stack.redisFromWeb("GET order")).toBe("$4\r\n4711");
    expect(await stack.volumes()).toEqual([first, second]);
  });

  it("runs as before, on its data, where the other one is not well", async () => {
    const input = await lastInput();
    const plan = { ...input.plan, command: ["/usr/bin/redis-server", "--no-such-option", "1"] };
    const { exitCode, output } = await stack.step("applyStateful", { ...input, number: 9, plan });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/no-such-option[^]*cache is not updated: what ran before runs again/);
    expect(await stack.redisFromWeb("GET order")).toBe("$4\r\n4711");
    expect(await stack.volumes()).toEqual([first, second]);
    const last = (await stack.host.records.events.list()).at(-1);
    expect(last).toMatchObject({ kind: "stateful not updated", service: CACHE });
  });

  it("is seen by those who look, and restarted on purpose", async () => {
    const deep = JSON.parse((await stack.operation("status --deep", "--json")).output) as {
      looks: { service: string; check: string; condition: string }[];
    };
    expect(deep.looks.filter(({ service }) => service === CACHE)).toMatchObject([
      { check: "container", condition: "good" },
      { check: "health", condition: "good" },
    ]);
    const { State } = await stack.inspect();
    const said = await succeed(stack.operation("restart", "--service", CACHE));
    expect(said).toContain("users may notice");
    expect((await stack.inspect()).State.StartedAt).not.toBe(State.StartedAt);
    const logs = await succeed(stack.operation("logs", "--service", CACHE, "--since", "1h"));
    expect(logs).toContain("Ready to accept connections");
    const inside = ["/usr/bin/redis-cli", "GET", "order"];
    expect(await succeed(stack.operation("exec", CACHE, "--", ...inside))).toContain("4711");
    expect(await succeed(stack.operation("stateful list"))).toContain(second);
  });

  it("is counted with what it uses, and told of as down where it does not run", async () => {
    const { rows } = JSON.parse(await succeed(stack.operation("top", "--json"))) as TopLook;
    expect(rows.find(({ service }) => service === CACHE)).toMatchObject({
      ...{ set: null, replicas: 1, requestsPerSecond: null, memoryLimitBytes: 64 * 1024 ** 2 },
    });
    const reader = await MetricsReader.start(stack, "");
    try {
      const ofIt = async (name: string) =>
        (await reader.samples(name)).find(({ labels }) => labels["service"] === CACHE);
      const labels = { stack: stack.name, service: CACHE, set: "", release: "", replica: "0" };
      expect(await ofIt("maestro_container_up")).toEqual({ labels, value: 1 });
      expect((await ofIt("maestro_container_memory_bytes"))!.value).toBeGreaterThan(0);
      expect(await ofIt("maestro_container_healthy")).toBeUndefined();
      const { State } = await stack.inspect();
      await execa("docker", ["stop", stack.container]);
      expect(await ofIt("maestro_container_up")).toEqual({ labels, value: 0 });
      await execa("docker", ["start", stack.container]);
      expect((await stack.inspect()).State.StartedAt).not.toBe(State.StartedAt);
    } finally {
      await reader.stop();
    }
  });

  it("goes with its container alone, and comes back with its data", async () => {
    const input = await lastInput();
    const output = await succeed(stack.step("removeStateful", input));
    expect(output).toContain(`its data stay in the volume ${second}`);
    expect((await stack.containers()).has(stack.container)).toBe(false);
    await succeed(stack.step("applyStateful", { ...input, number: 10 }));
    expect(await stack.redis("GET", "order")).toBe("4711");
  });
});

it("a volume whose copy cannot be stored is let go, however much of it is still to come", async () => {
  const engine = connectEngine();
  const volume = `${stack.prefix}-large`;
  const { reference } = await ensureBaseImage("python");
  const fill = "open('/data/large', 'wb').write(bytes(64 << 20))";
  const place = { engine, prefix: stack.prefix, service: "large" };
  const run = ["run", "--rm", "--user", "0", "--volume", `${volume}:/data`, reference];
  try {
    await execa("docker", [...run, "python3", "-c", fill]);
    const full = readVolume(place, reference, volume, async (tar) => {
      await once(tar, "readable");
      throw new Error("no space left");
    });
    await expect(full).rejects.toThrow("no space left");
  } finally {
    await execa("docker", ["volume", "rm", volume]);
  }
});
