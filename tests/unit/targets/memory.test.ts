import { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { prove, serve } from "../../support/steps";
import { describeTarget, heldSet } from "../../support/targetConformance";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const target = new MemoryTarget();

beforeAll(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  await serve(target, "blue", placedRelease(modelRelease({ api: 1, web: 1 })), 1);
  await prove(target, "green", placedRelease(modelRelease({ api: 2, web: 1 })), 1);
});

describeTarget("in memory", async () => ({
  hands: target,
  serving: await heldSet(target, "blue"),
  waiting: await heldSet(target, "green"),
}));
