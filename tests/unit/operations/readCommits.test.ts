import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readCommits } from "../../../operations/report/readCommits";
import type { Deployment } from "../../../rules/analytics/deployments";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-commits-"));
  git("init", "-q", "-b", "main");
});

afterEach(() => rmSync(root, { recursive: true }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" }).trim();
}

function commit(subject: string): string {
  writeFileSync(path.join(root, "file"), subject);
  git("add", ".");
  git("commit", "-qm", subject);
  return git("rev-parse", "HEAD");
}

const deployment = (from: string | null, to: string | null) =>
  ({ release: "b", at: "2026-11-02T00:00:00.000Z", from, commit: to }) as Deployment;
const SINCE = new Date("2026-11-01T00:00:00Z");
const subjectsOf = (from: string | null, to: string | null) =>
  readCommits([deployment(from, to)], SINCE, root)
    .get("b")
    ?.map(({ subject }) => subject);

it("reads what lies between two commits, without merges", () => {
  const first = commit("one");
  git("checkout", "-qb", "topic");
  commit("two: with a colon");
  git("checkout", "-q", "main");
  git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic");
  const last = commit("three");
  expect(subjectsOf(first, last)).toEqual(["three", "two: with a colon"]);
  const [three] = readCommits([deployment(first, last)], SINCE, root).get("b")!;
  expect(three!.at).toBe(Number(git("log", "-1", "--format=%ct")));
  // The same commit again: settings of a stack have changed.
  expect(subjectsOf(last, last)).toEqual([]);
});

it("asks git of no deployment before the time that is reported", () => {
  const first = commit("one");
  const last = commit("two");
  const later = new Date("2026-11-03T00:00:00Z");
  expect(readCommits([deployment(first, last)], later, root)).toEqual(new Map());
});

it("says nothing of a release whose commits are not there, or are not known", () => {
  const first = commit("one");
  expect(subjectsOf("0".repeat(40), first)).toBeUndefined();
  expect(subjectsOf(null, first)).toBeUndefined();
  expect(subjectsOf(first, null)).toBeUndefined();
});

it("refuses a shallow clone, and says how to complete it", () => {
  commit("one");
  commit("two");
  const shallow = mkdtempSync(path.join(tmpdir(), "maestro-shallow-"));
  try {
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${root}`, shallow]);
    expect(() => readCommits([], SINCE, shallow)).toThrow(
      /is a shallow clone.*git fetch --unshallow/,
    );
  } finally {
    rmSync(shallow, { recursive: true });
  }
});
