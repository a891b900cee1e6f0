import { describeBreach, describeIdle, isAbout, judge, sortOut } from "../../../policy/judge";
import { RULES } from "../../../policy/rules";
import { POLICY_RULES, type PolicyException } from "../../../rules/policyRules";

const TYPE = "docker:index/container:Container";
const NOW = new Date("2026-11-01T00:00:00Z");
const EXCEPTION: PolicyException = {
  rule: "limits",
  resource: `${TYPE}::legacy-*`,
  reason: "moves away",
  owner: "platform",
  expires: "2026-12-01T00:00",
};
const BREACH = { rule: "limits" as const, resource: `${TYPE}::legacy-1`, says: "memory: none" };

it("knows each rule by the name that exceptions use", () => {
  expect(RULES.map(({ name }) => name).sort()).toEqual([...POLICY_RULES].sort());
});

it.each([
  [`${TYPE}::legacy-*`, true],
  [`${TYPE}::legacy-1`, true],
  ["*::legacy-1", true],
  ["docker:*::*", true],
  [`${TYPE}::legacy`, false],
  [`${TYPE}::legacy-.`, false],
  ["docker::legacy-1", false],
])("an exception for %s: %s", (resource, is) => {
  expect(isAbout({ ...EXCEPTION, resource }, BREACH)).toBe(is);
  expect(isAbout({ ...EXCEPTION, resource, rule: "restarts" }, BREACH)).toBe(false);
});

it("takes out what an exception lets pass, until it ends", () => {
  expect(sortOut([BREACH], [EXCEPTION], NOW)).toEqual({
    refused: [],
    used: new Set([EXCEPTION]),
  });
  const end = new Date("2026-12-01T00:00:00Z");
  const { refused, used } = sortOut([BREACH], [EXCEPTION], end);
  expect(used.size).toBe(0);
  expect(refused.map(describeBreach)).toEqual([
    `${TYPE}::legacy-1: memory: none (limits; its exception has ended, 2026-12-01T00:00)`,
  ]);
  expect(
    sortOut([BREACH], [EXCEPTION, { ...EXCEPTION, expires: "2027-01-01T00:00" }], end),
  ).toEqual(expect.objectContaining({ refused: [] }));
});

it("names exceptions that can go", () => {
  const ended = { ...EXCEPTION, expires: "2026-10-01T00:00" };
  const all = [EXCEPTION, ended, { ...EXCEPTION, resource: "*::x" }];
  expect(describeIdle(all, "e.yaml", (each) => each === EXCEPTION, NOW)).toEqual([
    "e.yaml: exceptions[1]: has ended, 2026-10-01T00:00; remove it",
    "e.yaml: exceptions[2]: nothing that is *::x breaks limits; remove it",
  ]);
});

it("does not take a defect of a rule for something that is not known yet", () => {
  const props = Object.defineProperty({}, "image", {
    get: () => {
      throw new TypeError("a defect");
    },
  });
  const resource = { type: TYPE, name: "x", props, protect: false };
  expect(() => judge(resource)).toThrow("a defect");
});
