import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { askGates, describeRefusals } from "../../../gates/askGates";
import type { GateQuestion } from "../../../gates/gate";
import { keptSboms } from "../../../gates/sboms";
import type { SbomSettings } from "../../../rules/gates/sbomRules";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;
const SETTINGS: SbomSettings = { directory: "sboms", onMissing: "refuse" };
const SPDX = JSON.stringify({ spdxVersion: "SPDX-2.3", packages: [{ versionInfo: DIGEST }] });

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-sboms-"));
  mkdirSync(path.join(root, "sboms"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(path.join(root, "sboms", name), text);

async function answer(settings = SETTINGS, servingDigests = {}): Promise<string> {
  const question: GateQuestion = {
    ...{ moment: "place", stack: "production", release: "a23456789abc", replaces: null },
    ...{ digests: { web: DIGEST }, images: { web: `shop/web@${DIGEST}` }, servingDigests },
    ...{ traffic: { bakeSeconds: 0, canary: null }, deployer: "ci", usedApprovals: [] },
  };
  const gates = { window: null, modules: [], sboms: settings };
  return describeRefusals(await askGates(gates, root, question));
}

const FILE = `sboms/${HEX}.spdx.json`;

it.each([
  [null, "is not there; write it by `maestro images --sbom`"],
  ["{", "is no JSON; make it again"],
  ["null", "is neither SPDX nor CycloneDX; make it again"],
  [JSON.stringify({ packages: [DIGEST] }), "is neither SPDX nor CycloneDX; make it again"],
  [SPDX.replaceAll("a".repeat(64), "b".repeat(64)), "is of another image; make it again"],
])("a release whose list of parts is %j stays in", async (text, says) => {
  if (text !== null) write(`${HEX}.spdx.json`, text);
  expect(await answer()).toBe(`gate sboms: web: ${FILE} ${says}`);
  expect(keptSboms(SETTINGS, root, { web: DIGEST })).toEqual({});
});

it.each([
  ["spdx", SPDX],
  ["cdx", JSON.stringify({ bomFormat: "CycloneDX", metadata: { component: { version: DIGEST } } })],
])("a list of parts of kind %s lets a release out, and is kept by its hash", async (kind, text) => {
  write(`${HEX}.${kind}.json`, text);
  expect(await answer()).toBe("");
  const sha256 = createHash("sha256").update(text).digest("hex");
  expect(keptSboms(SETTINGS, root, { web: DIGEST, api: `sha256:${"c".repeat(64)}` })).toEqual({
    web: { file: `sboms/${HEX}.${kind}.json`, sha256 },
  });
});

it("what serves already needs no list, nor does a stack that only wants to hear", async () => {
  expect(await answer(SETTINGS, { web: DIGEST })).toBe("");
  const warn = jest.spyOn(console, "warn").mockImplementation();
  expect(await answer({ ...SETTINGS, onMissing: "pass" })).toBe("");
  expect(warn.mock.calls).toEqual([[expect.stringContaining(`${FILE} is not there`)]]);
  warn.mockRestore();
});
