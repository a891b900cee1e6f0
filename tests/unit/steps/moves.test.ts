import type { StackEvent } from "../../../records/event";
import type { ReleaseRecord } from "../../../release/release";
import { claimSet } from "../../../steps/claimSet";
import { healthGate } from "../../../steps/healthGate";
import { switchTraffic } from "../../../steps/switchTraffic";
import type { Ailment } from "../../support/memoryParts";
import { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { claimInput, gateInput, hearSteps, prove, serve, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const first = placed(1);
const second = placed(2);
const third = placed(3);
let target: MemoryTarget;
let said: string[];

beforeEach(() => {
  target = new MemoryTarget();
  said = hearSteps();
});

function placed(version: number): ReleaseRecord {
  return placedRelease(modelRelease({ api: version, web: 1 }));
}

async function lastEvent(): Promise<StackEvent | undefined> {
  return (await target.records.events.list()).at(-1);
}

/** First on blue, which serves; second on green, proven. */
async function beforeSwitch(): Promise<void> {
  await serve(target, "blue", first, 1);
  await prove(target, "green", second, 1);
  target.done.length = 0;
}

describe("the claim", () => {
  it("has all images before it says that the set is taken, and takes away its proof", async () => {
    await prove(target, "blue", first, 1);
    target.done.length = 0;
    target.missing.add(second.id);
    await expect(claimSet(target, claimInput("blue", second, 2))).rejects.toThrow("cannot be had");
    // `maestro prune` leaves the images that a record names, so it is there before they are looked for.
    expect(await target.records.readRelease(second.id)).toEqual(second);
    expect(await target.records.readPlacement("blue")).toMatchObject({ number: 1, proven: true });
    target.missing.clear();
    await claimSet(target, claimInput("blue", second, 2));
    expect(target.done).toEqual(["fetch", "fetch"]);
    const now = { number: 2, record: second, proven: false };
    expect(await target.records.readPlacement("blue")).toEqual(now);
    expect(await target.records.readRelease(second.id)).toEqual(second);
    expect(await lastEvent()).toMatchObject({
      kind: "claimed",
      release: second.id,
      color: "blue",
    });
  });

  it("removes what is left of a set that was not proven, and keeps the parts of one that was", async () => {
    target.placeAll({ color: "blue", record: first });
    await claimSet(target, claimInput("blue", second, 1));
    expect(target.parts.blue.size).toBe(0);
    await prove(target, "blue", second, 2);
    await claimSet(target, claimInput("blue", third, 3));
    expect(target.parts.blue.size).toBe(2);
  });

  it("refuses the set that serves, and touches nothing", async () => {
    await serve(target, "blue", first, 1);
    target.done.length = 0;
    await expect(claimSet(target, claimInput("blue", second, 2))).rejects.toThrow(
      `blue serves users, so it cannot take release ${second.id}`,
    );
    expect(target.done).toEqual([]);
  });

  it("finds done what it has done, also for the set that serves", async () => {
    await serve(target, "blue", first, 1);
    target.done.length = 0;
    await claimSet(target, claimInput("blue", first, 1));
    expect(target.done).toEqual([]);
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: true });
  });
});

describe("the gate", () => {
  const gate = () => healthGate(target, gateInput("blue", first.id, 1));
  beforeEach(() => claimSet(target, claimInput("blue", first, 1)));

  it.each<[string, Ailment, string]>([
    ["is not ready", { unfit: "web died" }, "web died"],
    ["does not answer", { answers: { preview: "status 500" } }, "api: status 500"],
  ])("rejects a release that %s", async (_name, ailment, says) => {
    target.placeAll({ color: "blue", record: first });
    target.ailments.set(first.id, ailment);
    expect(await gate()).toBe(1);
    expect((await target.records.readRejection(first.id))?.reason).toContain(says);
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: false });
    expect(await lastEvent()).toMatchObject({ kind: "rejected", release: first.id });
    expect(target.done.at(-1)).toBe("settle");
    expect(said.join("\n")).toContain(`maestro:allowRejected ${first.id}`);
  });

  it("rejects nothing for a set that is not what was asked for", async () => {
    expect(await gate()).toBe(1);
    expect(await target.records.readRejection(first.id)).toBeNull();
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: false });
  });

  it("proves a set that is well, once and again", async () => {
    target.placeAll({ color: "blue", record: first });
    expect([await gate(), await gate()]).toEqual([0, 0]);
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: true });
  });

  it("rejects nothing of what serves", async () => {
    target.placeAll({ color: "blue", record: first });
    await gate();
    await switchTraffic(target, switchInput("blue", first.id, 1));
    target.ailments.set(first.id, { unfit: "web died" });
    expect(await gate()).toBe(1);
    expect(await target.records.readRejection(first.id)).toBeNull();
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: true });
  });

  it.each([
    [2, first.id],
    [1, second.id],
  ])("refuses placement %d of release %s, which was not claimed", async (placement, release) => {
    await expect(healthGate(target, gateInput("blue", release, placement))).rejects.toThrow(
      `blue does not hold release ${release}, placement ${placement}`,
    );
  });
});

describe("the switch", () => {
  const toGreen = (rollout = {}) =>
    switchTraffic(target, switchInput("green", second.id, 2, rollout));
  beforeEach(beforeSwitch);

  it("moves all users once, and notes the number of the move", async () => {
    expect([await toGreen(), await toGreen()]).toEqual([0, 0]);
    expect(target.done).toEqual(["move green", "settle", "settle"]);
    expect(await target.activeColor()).toBe("green");
    expect(await target.records.readSwitch()).toMatchObject({ number: 2, release: second.id });
    expect(await target.records.readSwitch()).toMatchObject({ settled: true });
    expect(await lastEvent()).toMatchObject({ kind: "moved", release: second.id, color: "green" });
  });

  it.each([1, 3])("refuses number %d after another number", async (number) => {
    await expect(switchTraffic(target, switchInput("green", second.id, number))).rejects.toThrow(
      "run it again to plan from there",
    );
    expect(await target.activeColor()).toBe("blue");
  });

  it("refuses what was not proven, or is another release", async () => {
    const says = "does not hold a proven release";
    await expect(switchTraffic(target, switchInput("green", third.id, 2))).rejects.toThrow(says);
    await target.records.disprove("green");
    await expect(toGreen()).rejects.toThrow(says);
    expect(target.done).toEqual([]);
  });

  it("moves nothing to a set that is not fit, and takes its proof away", async () => {
    target.parts.green.clear();
    expect(await toGreen()).toBe(1);
    expect(await target.activeColor()).toBe("blue");
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: false });
  });

  it("takes users back when the new release does not answer them, and rejects it", async () => {
    target.ailments.set(second.id, { answers: { public: "status 500" } });
    expect(await toGreen()).toBe(1);
    expect(target.done).toEqual(["move green", "move blue", "settle"]);
    expect(await target.records.readSwitch()).toMatchObject({ number: 3, release: first.id });
    expect(await target.records.readSwitch()).toMatchObject({ settled: true });
    expect(await target.records.readRejection(second.id)).not.toBeNull();
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: false });
    expect(await lastEvent()).toMatchObject({ kind: "went back", release: first.id });
  });

  it("leaves users where they are when the set before is in no better state", async () => {
    target.ailments.set(second.id, { answers: { public: "status 500" } });
    target.parts.blue.clear();
    expect(await toGreen()).toBe(1);
    expect(await target.activeColor()).toBe("green");
    expect(said.join("\n")).toContain("blue is not fit to serve either");
  });

  it("takes users back when the update is cancelled, and names the release that they get", async () => {
    const cancelled = toGreen({ bakeSeconds: 60 });
    while ((await lastEvent())?.kind !== "moved") await new Promise(setImmediate);
    expect(await target.records.readSwitch()).toMatchObject({ number: 2, settled: false });
    process.emit("SIGTERM");
    expect(await cancelled).toBe(1);
    expect(await target.records.readSwitch()).toMatchObject({ settled: true });
    expect(await target.activeColor()).toBe("blue");
    expect(await lastEvent()).toMatchObject({
      kind: "went back",
      release: first.id,
      color: "blue",
      reason: "the update was cancelled",
    });
    expect(await target.records.readRejection(second.id)).toBeNull();
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });

  it.each<["warm" | "stopped" | "removed", string[], boolean]>([
    ["warm", [], true],
    ["stopped", ["retire blue"], true],
    ["removed", ["retire blue"], false],
  ])("keeps the set before %s", async (keepPrevious, done, proven) => {
    expect(await toGreen({ keepPrevious })).toBe(0);
    expect(target.done).toEqual(["move green", ...done, "settle"]);
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven });
  });
});

test("the first release of a stack has no set to go back to", async () => {
  await prove(target, "blue", first, 1);
  target.ailments.set(first.id, { answers: { public: "status 500" } });
  expect(await switchTraffic(target, switchInput("blue", first.id, 1))).toBe(1);
  expect(await target.activeColor()).toBe("blue");
  expect(said.join("\n")).toContain("there is no other set to go back to");
});
