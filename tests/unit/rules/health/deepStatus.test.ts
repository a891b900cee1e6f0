import {
  exitCodeOf,
  isWell,
  namesOfUnwell,
  showDeep,
  type DeepLook,
  type DeepStatus,
} from "../../../../rules/health/deepStatus";
import type { Condition } from "../../../../rules/health/condition";

const look = (condition: Condition, more: Partial<DeepLook> = {}): DeepLook => ({
  ...{ service: "web", check: "cache", condition, says: "as it is", milliseconds: 3.4 },
  ...more,
});

const status = (looks: readonly DeepLook[]): DeepStatus => ({
  ...{ stack: "demo", at: "2026-11-30T04:00:00.000Z", set: "blue", isActive: true },
  ...{ release: "abc", well: isWell(looks), looks },
});

const text = (value: string) => value;
const marks = { good: "+", warning: "!", bad: "x", unknown: "?" };

describe("a set that was looked at in depth", () => {
  it.each<[readonly Condition[], number]>([
    [[], 0],
    [["good", "warning"], 0],
    [["good", "unknown"], 1],
    [["good", "unknown", "bad"], 2],
  ])("with %j ends with exit code %i", (conditions, code) => {
    expect(exitCodeOf(conditions.map((condition) => look(condition)))).toBe(code);
  });

  it("is a table, with what mends a thing below its row", () => {
    const looks = [
      look("good", { service: null, check: "edge" }),
      look("bad", { says: "gone\u001b[2J", mend: "start it", milliseconds: 1200 }),
    ];
    expect(showDeep(status(looks), { strong: text, faint: text, marks })).toEqual([
      "demo  blue (active), release abc, at 2026-11-30T04:00:00.000Z",
      "  SERVICE  CHECK  RESULT  TIME     DETAIL",
      "+ -        edge   good    3 ms     as it is",
      "x web      cache  bad     1200 ms  gone?[2J",
      "    mend: start it",
    ]);
  });

  it("says what is waited for", () => {
    const looks = [look("good"), look("unknown"), look("bad", { service: null, check: "edge" })];
    expect(namesOfUnwell(looks)).toEqual(["web cache: as it is", "stack edge: as it is"]);
  });
});
