import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HostDirectory } from "../../../host/hostDirectory";
import { localHost } from "../../../host/localHost";
import type { HandRule } from "../../../rules/edge/byHand";
import { settleRules } from "../../../targets/dockerHost/settleRules";

const NOW = 1_796_011_385;
const EDGE = "http://edge.test";
let root: string;
let directory: HostDirectory;
let asked: string[];

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-settle-"));
  directory = new HostDirectory(localHost, root);
  asked = [];
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true });
});

/** An edge whose clock is so many seconds ahead. */
const edgeAt = (seconds: number) => ({
  ask: (url: string) => {
    asked.push(url);
    const headers = { date: new Date((NOW + seconds) * 1000).toUTCString() };
    return Promise.resolve({ status: 200, headers, body: "" });
  },
});

async function hold(kind: HandRule["kind"], seconds: number, address?: string): Promise<void> {
  const until = new Date((NOW + seconds) * 1000).toISOString();
  const rule = { ...{ kind, until, by: "ops", at: "" }, ...(address ? { address } : {}) };
  await directory.records.byHand.write(rule);
  await directory.hand.place(rule, NOW);
}

const guard = () => existsSync(path.join(root, "edge/hand/on"));

it("takes away rules that are over, and the guard with the last one", async () => {
  await hold("blocked", 10, "198.51.100.7");
  await hold("throttled", 60, "198.51.100.8");
  await settleRules(edgeAt(30), directory, EDGE);
  expect(await directory.records.byHand.list()).toMatchObject([{ kind: "throttled" }]);
  expect(readdirSync(path.join(root, "edge/hand/blocked"))).toEqual([]);
  expect(guard()).toBe(true);
  await settleRules(edgeAt(90), directory, EDGE);
  expect([await directory.records.byHand.list(), guard()]).toEqual([[], false]);
});

it("asks nothing of a stack without rules, and nothing without an edge", async () => {
  await settleRules(edgeAt(0), directory, EDGE);
  await hold("pause", 10);
  await settleRules(edgeAt(90), directory, undefined);
  expect([asked, guard()]).toEqual([[], true]);
});

it("fails nothing where the edge does not answer", async () => {
  const log = jest.spyOn(console, "log").mockReturnValue();
  await hold("pause", 10);
  await settleRules({ ask: () => Promise.reject(new Error("refused")) }, directory, EDGE);
  expect(guard()).toBe(true);
  expect(log).toHaveBeenCalledWith(expect.stringContaining("the next update takes them away"));
});
