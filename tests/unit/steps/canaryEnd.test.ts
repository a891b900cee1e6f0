import type { SwitchInput } from "../../../rules/stepInput";
import { claimSet } from "../../../steps/claimSet";
import { switchTraffic } from "../../../steps/switchTraffic";
import type { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { blueAndGreen, claimInput, hearSteps, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const AT = "2026-01-01T00:00:00.000Z";
const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
const third = placedRelease(modelRelease({ api: 3, web: 1 }));
const canary = {
  steps: [
    { percent: 50, watchSeconds: 0 },
    { percent: 100, watchSeconds: 20 },
  ],
  mode: "wait",
} as const;
let target: MemoryTarget;
let said: string[];

beforeEach(async () => {
  said = hearSteps();
  target = await blueAndGreen(first, second);
});

const toGreen = (bakeSeconds: number, input: Partial<SwitchInput> = {}) =>
  switchTraffic(target, switchInput("green", second.id, 2, { canary, bakeSeconds, ...input }));

async function untilGreen(): Promise<void> {
  while ((await target.activeColor()) !== "green") await new Promise(setImmediate);
}

/** As `maestro rollout abort` writes it. */
async function wish(wants: "abort" | "pause"): Promise<void> {
  await target.records.writeCanaryWish({ release: second.id, wants, by: "op", at: AT });
}

/** As `maestro rollout abort` does it. */
async function abort(): Promise<void> {
  const { records } = target;
  await wish("abort");
  await records.writeSwitch({ number: 3, release: first.id, color: "blue", at: AT });
  await target.move("blue");
  await records.reject(second, "aborted");
  await records.disprove("green");
  await records.forgetCanary();
}

async function expectBack(): Promise<void> {
  expect(await target.activeColor()).toBe("blue");
  expect(await target.records.readCanary()).toBeNull();
  expect(await target.records.readRejection(second.id)).not.toBeNull();
  expect((await target.records.readPlacement("green"))?.proven).toBe(false);
  expect((await target.records.readPlacement("blue"))?.proven).toBe(true);
  expect(said.join("\n")).toContain("ended by `maestro rollout abort`");
}

describe("the last step of a canary", () => {
  it("is on record until its watch is over", async () => {
    const moved = toGreen(1);
    await untilGreen();
    expect(await target.records.readCanary()).toMatchObject({ percent: 100, color: "green" });
    expect(await moved).toBe(0);
    expect(await target.records.readCanary()).toBeNull();
  });

  it("ends in a second when an operator takes the release back", async () => {
    const moved = toGreen(20);
    await untilGreen();
    await abort();
    expect(await moved).toBe(1);
    await expectBack();
    expect(await target.records.readSwitch()).toMatchObject({ number: 3, release: first.id });
  });

  it("goes back where the operator's move came first, and its own after it", async () => {
    const moved = toGreen(20);
    await untilGreen();
    await wish("abort");
    expect(await moved).toBe(1);
    await expectBack();
    expect(await target.records.readSwitch()).toMatchObject({ color: "blue", release: first.id });
  });

  it("goes back where the operator's word came at the very end, and keeps the set it goes to", async () => {
    const acquit = target.records.acquit.bind(target.records);
    jest.spyOn(target.records, "acquit").mockImplementation(async (id) => {
      await abort();
      await acquit(id);
      // As this step does that has read the record of its move before.
      await target.records.writeSwitch({ number: 2, release: second.id, color: "green", at: AT });
    });
    expect(await toGreen(0, { keepPrevious: "removed" })).toBe(1);
    await expectBack();
    expect(await target.records.readSwitch()).toMatchObject({ color: "blue", release: first.id });
    expect(target.done.filter((what) => what.startsWith("retire"))).toEqual([]);
  });

  it("keeps the set before for whoever takes the traffic back while it drains", async () => {
    const moved = toGreen(0, { keepPrevious: "removed", drainSeconds: 1 });
    while ((await target.records.readCanary()) !== null || (await target.activeColor()) === "blue")
      await new Promise(setImmediate);
    await target.move("blue");
    expect(await moved).toBe(0);
    expect((await target.records.readPlacement("blue"))?.proven).toBe(true);
    expect(target.done.filter((what) => what.startsWith("retire"))).toEqual([]);
  });

  it("leaves no record for a release that takes the set later", async () => {
    await target.records.writeCanary({
      ...{ release: second.id, color: "green", step: 0, percent: 50, since: AT, isWatched: false },
    });
    await claimSet(target, claimInput("green", third, 2));
    expect(await target.records.readCanary()).toBeNull();
    expect(target.done.filter((what) => what.startsWith("move"))).toEqual([]);
  });
});
