import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readPolicyExceptions } from "../../../config/policyExceptions";

const NOW = new Date("2026-11-01T00:00:00Z");
const GOOD = {
  rule: "limits",
  resource: "docker:index/container:Container::legacy-*",
  reason: "moves away by Christmas",
  owner: "platform",
  expires: "2026-12-20",
};

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "maestro-exceptions-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function read(text: string | object) {
  const file = path.join(directory, "exceptions.yaml");
  writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
  const { exceptions, issues } = readPolicyExceptions(file, NOW);
  return { exceptions, issues: issues.map((issue) => issue.replace(`${directory}/`, "")) };
}

it("reads exceptions as YAML and as JSON; a day is its start", () => {
  const wanted = { exceptions: [{ ...GOOD, expires: "2026-12-20T00:00" }], issues: [] };
  expect(read({ exceptions: [GOOD] })).toEqual(wanted);
  const lines = Object.entries(GOOD).map(([key, value]) => `    ${key}: "${value}"`);
  expect(read(["exceptions:", "  -", ...lines].join("\n"))).toEqual(wanted);
});

it.each([
  ["", "exceptions.yaml: exceptions: is required"],
  ["exceptions: [", "exceptions.yaml:1: is not valid YAML"],
  [{ exceptions: {} }, "exceptions.yaml: exceptions: must be a list of exceptions"],
  [{ exceptions: [{ ...GOOD, rule: "limit" }] }, "exceptions[0].rule: must be one of image-by-"],
  [{ exceptions: [{ ...GOOD, resource: "legacy" }] }, "exceptions[0].resource: must be <type>::"],
  [{ exceptions: [{ ...GOOD, reason: "later" }] }, "exceptions[0].reason: must say in 8 to 300"],
  [{ exceptions: [{ ...GOOD, owner: undefined }] }, "exceptions[0].owner: is required"],
  [{ exceptions: [{ ...GOOD, expires: "soon" }] }, "exceptions[0].expires: must be a time in"],
  [{ exceptions: [{ ...GOOD, until: 1 }] }, "exceptions[0].until: unknown key"],
  [
    { exceptions: [GOOD, { ...GOOD, expires: "2027-01-31" }] },
    'exceptions[1].expires: must be at most 90 days ahead, got "2027-01-31T00:00"; look at it',
  ],
])("refuses %j", (text, message) => {
  const { issues } = read(text);
  expect(issues).toHaveLength(1);
  expect(issues[0]).toContain(message);
});

it("says what to do about a file that is not there", () => {
  expect(readPolicyExceptions("no/such.yaml", NOW)).toEqual({
    exceptions: [],
    issues: ["no/such.yaml: no such file; create it, or remove it from maestro:policy"],
  });
});
