import type { CanaryRecord } from "../../../release/canary";
import type { Color } from "../../../release/release";
import type { SwitchInput } from "../../../rules/stepInput";
import { claimSet } from "../../../steps/claimSet";
import { switchTraffic } from "../../../steps/switchTraffic";
import type { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { askBothSets, blueAndGreen, claimInput, hearSteps, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
const third = placedRelease(modelRelease({ api: 3, web: 1 }));
const STEPS = [
  { percent: 10, watchSeconds: 1 },
  { percent: 50, watchSeconds: 1 },
  { percent: 100, watchSeconds: 0 },
];
let target: MemoryTarget;
let said: string[];

beforeEach(async () => {
  said = hearSteps();
  target = await blueAndGreen(first, second);
});

const toGreen = (
  mode: "wait" | "step" = "wait",
  rollout: Partial<SwitchInput> = {},
): Promise<number> =>
  switchTraffic(
    target,
    switchInput("green", second.id, 2, { canary: { steps: STEPS, mode }, ...rollout }),
  );

const moves = () => target.done.filter((what) => what.startsWith("move"));

async function kinds(): Promise<string[]> {
  return (await target.records.events.list()).slice(4).map(({ kind }) => kind);
}

const ask = (percent: number, count: number, isBad: (color: Color) => boolean) =>
  askBothSets(target, percent, count, isBad);

/** As `maestro rollout` writes it. */
async function wish(wants: "pause" | "promote" | "abort"): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  await target.records.writeCanaryWish({ release: second.id, wants, by: "op", at });
}

describe("a release that goes up by shares", () => {
  it("gets each share for its time, and then all, with nothing left of how it came there", async () => {
    expect(await toGreen()).toBe(0);
    expect(moves()).toEqual(["move blue except 10 %", "move blue except 50 %", "move green"]);
    expect(await target.records.readCanary()).toBeNull();
    expect(await kinds()).toEqual(["proven", "shared", "watched", "shared", "watched", "moved"]);
  });

  it("goes back from its share where its clients fare worse than the others, and is rejected", async () => {
    const climbing = toGreen();
    await ask(10, 200, (color) => color === "green");
    expect(await climbing).toBe(1);
    expect(moves()).toEqual(["move blue except 10 %", "move blue"]);
    expect(await target.records.readRejection(second.id)).not.toBeNull();
    expect(await target.records.readCanary()).toBeNull();
    expect(await kinds()).toEqual(["proven", "shared", "rejected", "went back"]);
    expect(await target.records.events.hasServed(first.id)).toBe(true);
    expect(await target.records.events.hasServed(second.id)).toBe(false);
  });

  it("stays where both fare alike, whatever that is: 20 % of failures are no fault of its own", async () => {
    const climbing = toGreen("wait", {
      watch: { all: {}, services: {} },
    });
    let asked = 0;
    await ask(10, 300, () => (asked += 1) % 5 === 0);
    expect(await climbing).toBe(0);
  });

  it("goes back when its update is cancelled", async () => {
    const climbing = toGreen();
    await ask(50, 0, () => false);
    process.emit("SIGTERM");
    expect(await climbing).toBe(1);
    expect(moves().at(-1)).toBe("move blue");
    expect(await target.asidePercent()).toBe(0);
    expect(await target.records.readRejection(second.id)).toBeNull();
  });

  it("takes one step an update where the stack wants that", async () => {
    expect(await toGreen("step")).toBe(0);
    expect(moves()).toEqual(["move blue except 10 %"]);
    expect(await target.records.readCanary()).toMatchObject({ percent: 10, isWatched: true });
    expect(await toGreen("step", { canaryFrom: 1 })).toBe(0);
    expect(await toGreen("step", { canaryFrom: 2 })).toBe(0);
    expect(moves()).toEqual(["move blue except 10 %", "move blue except 50 %", "move green"]);
  });

  it("goes on at its step after its deployer has died", async () => {
    const under: CanaryRecord = {
      ...{ release: second.id, color: "green", step: 1, percent: 50 },
      ...{ since: "2026-01-01T00:00:00.000Z", isWatched: false },
    };
    await target.records.writeCanary(under);
    await target.move("blue", 50);
    target.done.length = 0;
    expect(await toGreen()).toBe(0);
    expect(moves()).toEqual(["move blue except 50 %", "move green"]);
  });

  it("is given all at once where users have had it before", async () => {
    await switchTraffic(target, switchInput("green", second.id, 2));
    await switchTraffic(target, switchInput("blue", first.id, 3));
    target.done.length = 0;
    const canary = { steps: STEPS, mode: "wait" } as const;
    expect(await switchTraffic(target, switchInput("green", second.id, 4, { canary }))).toBe(0);
    expect(moves()).toEqual(["move green"]);
  });
});

describe("an operator", () => {
  it("has a canary stay at its share, and go on", async () => {
    const start = performance.now();
    const climbing = toGreen();
    await ask(10, 0, () => false);
    await wish("pause");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await target.asidePercent()).toBe(10);
    await target.records.forgetCanaryWish();
    expect(await climbing).toBe(0);
    expect(performance.now() - start).toBeGreaterThan(3_500);
  });

  it("gives it all clients", async () => {
    const climbing = toGreen();
    await ask(10, 0, () => false);
    await wish("promote");
    expect(await climbing).toBe(0);
    expect(moves()).toEqual(["move blue except 10 %", "move green"]);
    expect(await target.records.readCanaryWish()).toBeNull();
  });

  it("ends it, also where the update gives it its next share in that very moment", async () => {
    const climbing = toGreen();
    await ask(10, 0, () => false);
    await wish("abort");
    await target.records.forgetCanary();
    expect(await climbing).toBe(1);
    expect(moves().at(-1)).toBe("move blue");
    expect(await target.records.readCanary()).toBeNull();
    expect(said.join("\n")).toContain("ended by `maestro rollout abort`");
  });
});

describe("a canary that is under way", () => {
  beforeEach(async () => {
    expect(await toGreen("step")).toBe(0);
    target.done.length = 0;
  });

  it("ends before another release takes its set", async () => {
    const services = Object.entries(second.services).map(([name, settings]) => [
      name,
      { ...settings, stopGraceSeconds: 0 },
    ]);
    const record = { ...second, services: Object.fromEntries(services) as never };
    await target.records.writePlacement("green", { number: 1, record, proven: true });
    await claimSet(target, claimInput("green", third, 2));
    expect(target.done).toEqual(["fetch", "move blue"]);
    expect(await target.asidePercent()).toBe(0);
    expect(await target.records.readCanary()).toBeNull();
  });

  it("ends where the release that serves is wanted again", async () => {
    expect(await switchTraffic(target, switchInput("blue", first.id, 2))).toBe(0);
    expect(moves()).toEqual(["move blue"]);
    expect(await target.records.readCanary()).toBeNull();
    expect(await target.records.events.hasServed(first.id)).toBe(true);
  });
});

describe("clients who are held back", () => {
  const hold = (bakeSeconds: number) =>
    switchTraffic(
      target,
      switchInput("green", second.id, 2, {
        bakeSeconds,
        watch: {
          holdBackPercent: 10,
          all: {},
          services: {},
        },
      }),
    );

  it("get the release when its watch is over", async () => {
    expect(await hold(1)).toBe(0);
    expect(moves()).toEqual(["move green except 10 %", "move green"]);
  });

  it("show that a failure of both is not the release's", async () => {
    const moved = hold(2);
    let asked = 0;
    await ask(10, 300, () => (asked += 1) % 5 === 0);
    expect(await moved).toBe(0);
  });

  it("show that it is", async () => {
    const moved = hold(30);
    let asked = 0;
    await ask(10, 300, (color) => color === "green" && (asked += 1) % 5 === 0);
    expect(await moved).toBe(1);
    expect(moves()).toEqual(["move green except 10 %", "move blue"]);
  });
});
