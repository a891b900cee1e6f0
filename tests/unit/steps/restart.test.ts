import type { StackEvent } from "../../../records/event";
import type { ReleaseRecord } from "../../../release/release";
import { claimSet } from "../../../steps/claimSet";
import { healthGate } from "../../../steps/healthGate";
import { switchTraffic } from "../../../steps/switchTraffic";
import { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { claimInput, gateInput, hearSteps, prove, serve, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
const third = placedRelease(modelRelease({ api: 3, web: 1 }));
let target: MemoryTarget;

async function lastEvent(): Promise<StackEvent | undefined> {
  return (await target.records.events.list()).at(-1);
}

describe("a restart", () => {
  const again: ReleaseRecord = { ...first, generation: 2, restartOf: first.id };
  const kinds = async () => (await target.records.events.list()).map(({ kind }) => kind);
  const place = async () => {
    await claimSet(target, claimInput("green", again, 1));
    target.placeAll({ color: "green", record: again });
  };
  beforeEach(async () => {
    hearSteps();
    target = new MemoryTarget();
    await serve(target, "blue", first, 1);
  });

  it("is on record as one, by its claim and its move", async () => {
    await place();
    expect(await healthGate(target, gateInput("green", first.id, 1))).toBe(0);
    expect(await switchTraffic(target, switchInput("green", first.id, 2))).toBe(0);
    const events = (await target.records.events.list()).slice(-3);
    expect(events).toMatchObject([
      { kind: "claimed", release: first.id, restartOf: first.id, services: [] },
      { kind: "proven" },
      { kind: "moved", release: first.id, restartOf: first.id },
    ]);
  });

  it("that its gate stops rejects nothing: the release serves on the other set", async () => {
    await place();
    target.ailments.set(first.id, { answers: { preview: "status 500" } });
    expect(await healthGate(target, gateInput("green", first.id, 1))).toBe(1);
    expect(await lastEvent()).toMatchObject({ kind: "restart failed", color: "green" });
    expect(await target.records.readRejection(first.id)).toBeNull();
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: false });
    expect(await target.activeColor()).toBe("blue");
  });

  it("that users do not bear is taken back, and rejects nothing", async () => {
    await place();
    expect(await healthGate(target, gateInput("green", first.id, 1))).toBe(0);
    target.ailments.set(first.id, { answers: { public: "status 500" } });
    expect(await switchTraffic(target, switchInput("green", first.id, 2))).toBe(1);
    expect((await kinds()).slice(-3)).toEqual(["moved", "restart failed", "went back"]);
    expect(await target.records.readRejection(first.id)).toBeNull();
    expect(await target.activeColor()).toBe("blue");
  });

  it("is none where users come back later to the set that it has made", async () => {
    await prove(target, "green", { ...second, restartOf: third.id }, 1);
    expect(await switchTraffic(target, switchInput("green", second.id, 2))).toBe(0);
    expect(await lastEvent()).not.toHaveProperty("restartOf");
  });
});
