import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { askGates, describeOutlook, describeRefusals } from "../../../gates/askGates";
import type { GateQuestion } from "../../../gates/gate";

const QUESTION: GateQuestion = {
  moment: "place",
  stack: "production",
  release: "0123456789ab",
  digests: { api: `sha256:${"a".repeat(64)}` },
  images: { api: `localhost:5000/maestro/api@sha256:${"a".repeat(64)}` },
  servingDigests: {},
  replaces: "fedcba987654",
  traffic: { bakeSeconds: 60, canary: null },
  deployer: "ci",
  usedApprovals: [],
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-gates-"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** What a module of this text says. */
async function answer(name: string, text: string, options = {}): Promise<string> {
  writeFileSync(path.join(root, name), text);
  const modules = [{ module: name, options }];
  return describeRefusals(await askGates({ window: null, modules }, root, QUESTION, 1));
}

describe("gates of a project's own", () => {
  it("let a release out by saying nothing, and keep it in by a text", async () => {
    expect(await answer("open.js", "exports.ask = async () => undefined;")).toBe("");
    expect(await answer("null.js", "exports.ask = () => null;")).toBe("");
    expect(await answer("whole.js", "module.exports = { ask: () => null };")).toBe("");
    expect(await answer("esm.mjs", "export const ask = async () => null;")).toBe("");
    const imports = "import os from 'node:os'; export const ask = () => os.EOL + 'no';";
    expect(await answer("imports.mjs", imports)).toBe("gate imports.mjs: ?no");
    const held = "exports.ask = () => { setInterval(() => {}, 1000); return 'held'; };";
    expect(await answer("held.js", held)).toBe("gate held.js: held");
    const says = await answer(
      "ticket.js",
      "exports.ask = async ({ stack, moment }, { board }) => `no ticket for ${stack} on ${board} (${moment})`;",
      { board: "OPS" },
    );
    expect(says).toBe("gate ticket.js: no ticket for production on OPS (place)");
  });

  it.each([
    ["absent.js", null, /Cannot find module/],
    ["throws.js", "exports.ask = () => { throw new Error('503'); };", /counts as closed: 503/],
    ["nothing.js", "module.exports = {};", /exports no function named ask/],
    ["true.js", "exports.ask = () => true;", /answered true, which is neither a text nor null/],
    ["empty.js", "exports.ask = () => '';", /answered "", which/],
    ["exits.js", "exports.ask = () => process.exit(0);", /ended without an answer \(exit code 0\)/],
    ["dies.js", "exports.ask = () => process.kill(process.pid, 'SIGKILL');", /\(SIGKILL\)/],
    ["loops.js", "exports.ask = () => { for (;;); };", /gave no answer within 1 s/],
    [
      "late.js",
      "exports.ask = () => new Promise((done) => setTimeout(done, 9000));",
      /gave no answer within 1 s/,
    ],
  ])("that cannot be asked keep it in: %s", async (name, text, says) => {
    if (text === null) {
      const settings = { window: null, modules: [{ module: name, options: {} }] };
      expect(describeRefusals(await askGates(settings, root, QUESTION))).toMatch(says);
    } else expect(await answer(name, text)).toMatch(says);
  });

  it("say until when they are open, where one knows it", async () => {
    const freezes = [{ from: "2998-01-01T00:00", to: "2999-01-01T00:00", reason: "far away" }];
    const window = { timeZone: "UTC", open: [], freezes };
    expect(await describeOutlook({ window, modules: [] })).toBe(
      "gate window: open until Mon 1 Jan 2998 00:00 UTC",
    );
    expect(await describeOutlook({ window: null, modules: [] })).toBeNull();
  });

  it("cannot move the cursor, and answer beside each other", async () => {
    const turned = await answer("hostile.js", "exports.ask = () => 'a\\u001b[2Jb\\nc';");
    expect(turned).toBe("gate hostile.js: a?[2Jb?c");
    const closed = {
      window: {
        timeZone: "UTC",
        open: [],
        freezes: [{ from: "2000-01-01T00:00", to: "2999-01-01T00:00", reason: "for ever" }],
      },
      modules: [{ module: "hostile.js", options: {} }],
    };
    expect(await askGates(closed, root, QUESTION)).toEqual([
      { gate: "window", says: "frozen: for ever; opens Tue 1 Jan 2999 00:00 UTC" },
      { gate: "hostile.js", says: "a?[2Jb?c" },
    ]);
  });
});
