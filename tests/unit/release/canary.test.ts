import { describeSteps, firstStep, type CanaryRecord } from "../../../release/canary";

const steps = [
  { percent: 10, watchSeconds: 120 },
  { percent: 50, watchSeconds: 60 },
  { percent: 100, watchSeconds: 30 },
];
const settings = { steps, mode: "wait" } as const;
const at = (percent: number, isWatched: boolean): CanaryRecord => ({
  ...{ release: "a", color: "green", step: 0, percent, isWatched },
  since: "2026-01-01T00:00:00.000Z",
});

describe("the step that an update begins with", () => {
  it.each([
    ["the first one, where no canary is under way", null, 0],
    ["the one that was not watched to its end, again", at(10, false), 0],
    ["the next one, where the last was", at(10, true), 1],
    ["all, where the last share was", at(50, true), 2],
    ["the next larger share, where the steps were changed meanwhile", at(25, true), 1],
  ])("is %s", (_what, under, step) => {
    expect(firstStep(settings, "a", under)).toBe(step);
  });

  it("is the first one for another release", () => {
    expect(firstStep(settings, "b", at(50, true))).toBe(0);
  });
});

it("steps are told in one line", () => {
  expect(describeSteps(steps)).toBe("10 % for 120 s, 50 % for 60 s, all for 30 s");
});
