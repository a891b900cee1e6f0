import type { Color } from "../../../release/release";
import type { GateOverride } from "../../../rules/gates/gateSettings";
import { switchTraffic } from "../../../steps/switchTraffic";
import type { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { blueAndGreen, hearSteps, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const placed = (version: number) => placedRelease(modelRelease({ api: version }));
const first = placed(1);
const second = placed(2);
const third = placed(3);
let target: MemoryTarget;
let said: string[];

/** First on blue, which serves; second on green, proven. */
beforeEach(async () => {
  said = hearSteps();
  target = await blueAndGreen(first, second);
});

describe("the gates before a move", () => {
  const settings = {
    window: {
      timeZone: "UTC",
      open: [],
      freezes: [{ from: "2000-01-01T00:00", to: "2999-01-01T00:00", reason: "for ever" }],
    },
    modules: [],
  };
  const gates = { stack: "test", settings, override: null };
  const switchTo = (
    color: Color,
    release: string,
    number: number,
    override: GateOverride | null = null,
  ) =>
    switchTraffic(target, switchInput(color, release, number, { gates: { ...gates, override } }));

  it("keep the traffic where it is, and the set proven", async () => {
    expect(await switchTo("green", second.id, 2)).toBe(1);
    expect(target.done).not.toContain("move green");
    expect(said.join("\n")).toContain("gate window: frozen: for ever");
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: true });
    expect(await target.records.readRejection(second.id)).toBeNull();
  });

  it("let the release pass that the override names, on record, and no other", async () => {
    const other = { release: third.id, reason: "another one" };
    expect(await switchTo("green", second.id, 2, other)).toBe(1);
    const own = { release: second.id, reason: "users cannot log in" };
    expect(await switchTo("green", second.id, 2, own)).toBe(0);
    const kinds = (await target.records.events.list()).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(["gate overridden", "moved"]);
  });

  it("are not asked to go back, nor when the traffic is there already", async () => {
    expect(await switchTraffic(target, switchInput("green", second.id, 2))).toBe(0);
    expect(await switchTo("green", second.id, 2)).toBe(0);
    expect(await switchTo("blue", first.id, 3)).toBe(0);
    expect(await target.activeColor()).toBe("blue");
  });
});
