import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { otherColor } from "../../release/release";
import { LABELS } from "../../rules/host/containerLabels";
import { FULL_SHARES } from "../../rules/host/cpuShares";
import { deriveRelease } from "../support/derivedImages";
import { DockerHostHands } from "../../targets/dockerHost/hands";
import { describeTarget, heldSet } from "../support/targetConformance";
import { builtImages, succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-release");
const SERVICES = [
  "automation-service",
  "k8s-execution-service",
  "maestro-gateway",
  "quality-fabric",
  "template-service",
];

let first: Record<string, string>;
let second: Record<string, string>;

beforeAll(async () => {
  first = builtImages().release;
  second = await deriveRelease(first, "second");
  await stack.create({ release: first });
});

afterAll(() => stack.remove());

async function release(digests: Record<string, string>, config = {}) {
  stack.configure({ release: digests, ...config });
  const result = await stack.up();
  if (result.exitCode !== 0) throw new Error(result.output);
  return result;
}

describe("a stack update", () => {
  it("releases five services behind the edge, and has nothing to do the second time", async () => {
    await release(first);
    const outputs = await stack.outputs();
    expect(outputs.activeColor).toBe("blue");
    expect(outputs.release.digests).toEqual(first);
    for (const service of SERVICES) {
      const answer = await fetch(`${stack.url}/${service}/version`);
      expect(answer.headers.get("x-maestro-set")).toBe("blue");
      expect(await answer.json()).toMatchObject({ service, digest: first[service] });
    }
    const again = await stack.up("--expect-no-changes");
    expect(again.output).toMatch(/unchanged/);
    expect(again.exitCode).toBe(0);
  });

  it("moves all services to the idle set, and leaves the old set warm and untouched", async () => {
    const before = await stack.containers("blue");
    await release(second);
    expect((await stack.outputs()).activeColor).toBe("green");
    expect(await stack.containers("blue")).toEqual(before);
    const preview = await fetch(`${stack.previewUrl}/quality-fabric/version`);
    expect(await preview.json()).toMatchObject({ digest: first["quality-fabric"], set: "blue" });
  });

  it("rolls back by moving the traffic alone", async () => {
    const before = await stack.containers();
    const result = await stack.operation("rollback");
    expect(result.output).toMatch(/it is warm on the idle set: only the traffic moves/);
    expect(result.exitCode).toBe(0);
    const { activeColor, release: active, history } = await stack.outputs();
    expect(activeColor).toBe("blue");
    expect(active.digests).toEqual(first);
    expect(history.map(({ action }) => action)).toEqual(["rollback", "deploy", "deploy"]);
    expect(await stack.containers()).toEqual(before);
  });

  it("replaces only the service that changed, on the idle set", async () => {
    await release(second);
    await release(first);
    const before = await stack.containers("green");
    await release({ ...second, "quality-fabric": first["quality-fabric"]! });
    const after = await stack.containers("green");
    const changed = [...after.keys()].filter(
      (name) => after.get(name)!.id !== before.get(name)?.id,
    );
    expect(changed).toEqual([`${stack.prefix}-green-quality-fabric-0`]);
  });

  it("makes a changed setting a new release on the idle set, and never restarts what serves", async () => {
    const { activeColor } = await stack.outputs();
    const before = await stack.containers(activeColor);
    await release(
      { ...second, "quality-fabric": first["quality-fabric"]! },
      { services: { "template-service": { env: { LOG_LEVEL: "debug" }, replicas: 2 } } },
    );
    expect((await stack.outputs()).activeColor).not.toBe(activeColor);
    expect(await stack.containers(activeColor)).toEqual(before);
  });

  it("leaves to containers what their gate has given them, where a refresh sees that", async () => {
    const before = await stack.containers();
    const output = await succeed(stack.up("--refresh"));
    expect(output).not.toMatch(/[1-9]\d* (updated|replaced|created|deleted)/);
    expect(await stack.containers()).toEqual(before);
    // The share of the processor is looked at below.
    expect(await succeed(stack.up())).toMatch(/\d+ unchanged/);
  });

  it("says in status what serves, and that it is well", async () => {
    const result = await stack.operation("status", "--json");
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.output)).toMatchObject({
      stack: stack.name,
      healthy: true,
      problems: [],
    });
  });

  it("has every step of it on record, and shows a record that was changed", async () => {
    const events = await stack.host.records.events.list();
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(["claimed", "proven", "moved"]);
    expect(kinds.filter((kind) => kind === "moved")).toHaveLength(
      (await stack.outputs()).history.length,
    );
    expect(events.at(-1)).toMatchObject({
      kind: "moved",
      release: (await stack.outputs()).release.id,
      commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    const verified = await stack.operation("releases verify");
    expect(verified.output).toContain(`${events.length} events, each as it was written`);
    expect(verified.exitCode).toBe(0);
    expect((await stack.outputs()).lastEvent).toEqual(await stack.host.records.events.head());
    await withoutLastEvent(events.length, async () => {
      const cut = await stack.operation("releases verify");
      expect(cut.output).toContain(`event ${events.length} is missing`);
      expect(cut.exitCode).toBe(1);
    });
    const file = path.join(stack.directory, "records/events/00000002.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"by":"', '"by":"not '));
    const broken = await stack.operation("releases verify");
    expect(broken.output).toContain("event 2 is not what event 3 was written after");
    expect(broken.exitCode).toBe(1);
  });

  it("keeps containers read-only, without capabilities and not root, as seen from inside", async () => {
    const { connectEngine, execIn } = await import("../../host/engine");
    const engine = connectEngine();
    const label = [`${LABELS.stack}=${stack.prefix}`];
    const all = await engine.listContainers({ filters: { label } });
    expect(all.length).toBeGreaterThan(SERVICES.length);
    for (const { Id } of all) {
      const { output } = await execIn(engine, Id, [
        "sh",
        "-c",
        "id -u; while read -r line; do echo $line; done </proc/self/status; touch /x 2>&1",
      ]);
      expect(output).toMatch(/^[1-9]\d*\r?\n/);
      expect(output).toMatch(/CapEff:\s+0{16}/);
      expect(output).toMatch(/NoNewPrivs:\s+1/);
      expect(output).toMatch(/Read-only file system/);
    }
    for (const { Id, Labels } of all.filter(({ Labels }) => Labels[LABELS.color])) {
      const { HostConfig } = await engine.getContainer(Id).inspect();
      const { PidsLimit, CpuShares } = HostConfig;
      expect([Labels[LABELS.service], PidsLimit, CpuShares]).toEqual([
        ...[Labels[LABELS.service], 256, FULL_SHARES],
      ]);
    }
  });
});

// Last: it leaves the idle set empty.
describeTarget("a Docker host", async () => {
  const { directory, prefix, previewUrl, url: edgeUrl } = stack;
  const hands = await DockerHostHands.open({ directory, prefix, previewUrl, edgeUrl });
  const { activeColor } = await stack.outputs();
  return {
    hands,
    serving: await heldSet(hands, activeColor),
    waiting: await heldSet(hands, otherColor(activeColor)),
  };
});

/** Takes the newest event and the note of it away, as whoever wants it forgotten would, and puts both back. */
async function withoutLastEvent(number: number, look: () => Promise<void>): Promise<void> {
  const records = path.join(stack.directory, "records");
  const files = ["lastEvent.json", `events/${String(number).padStart(8, "0")}.json`].map((file) =>
    path.join(records, file),
  );
  const contents = files.map((file) => readFileSync(file));
  files.forEach((file) => rmSync(file));
  await look();
  files.forEach((file, index) => writeFileSync(file, contents[index]!));
}
