import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { HostFiles } from "../../../host/host";
import { localFiles } from "../../../host/localHost";
import { RecordFiles } from "../../../host/recordFiles";
import { findBrokenLinks, hashOf } from "../../../records/eventChain";
import type { EventKind, StackEvent } from "../../../records/event";
import { EventLog } from "../../../records/events";

const ORIGIN = { at: "2026-01-01T00:00:00.000Z", by: "ada@host", commit: null };

let root: string;
let log: EventLog;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-events-"));
  log = new EventLog(new RecordFiles(localFiles, root));
});

afterEach(() => rmSync(root, { recursive: true }));

async function appendThree(): Promise<StackEvent[]> {
  await log.append({ kind: "claimed", release: "a", color: "blue", ...ORIGIN });
  await log.append({ kind: "proven", release: "a", color: "blue", seconds: 1.5, ...ORIGIN });
  await log.append({ kind: "moved", release: "a", color: "blue", ...ORIGIN });
  return log.list();
}

function fileOf(number: number): string {
  return path.join(root, "events", `${String(number).padStart(8, "0")}.json`);
}

describe("a stack's events", () => {
  it("are none at first", async () => {
    expect(await log.head()).toBeNull();
    expect(await log.list()).toEqual([]);
    expect(findBrokenLinks([], null)).toEqual([]);
  });

  it("follow each other, each with the hash of the one before", async () => {
    const events = await appendThree();
    expect(events.map(({ number, kind }) => [number, kind])).toEqual([
      [1, "claimed"],
      [2, "proven"],
      [3, "moved"],
    ]);
    expect(events.map(({ previous }) => previous)).toEqual([
      null,
      hashOf(events[0]!),
      hashOf(events[1]!),
    ]);
    expect(findBrokenLinks(events, await log.head())).toEqual([]);
  });

  it("all get in when many write at the same moment", async () => {
    const writers = Array.from({ length: 12 }, (_, index) =>
      new EventLog(new RecordFiles(localFiles, root)).append({
        kind: "moved",
        release: `r${index}`,
        ...ORIGIN,
      }),
    );
    await Promise.all(writers);
    const events = await log.list();
    expect(new Set(events.map(({ release }) => release)).size).toBe(12);
    expect(findBrokenLinks(events, await log.head())).toEqual([]);
    expect(
      readdirSync(path.join(root, "events")).filter((name) => !/^\d+\.json$/.test(name)),
    ).toEqual([]);
  });

  it("are read a few at a time, however many there are", async () => {
    let open = 0;
    let most = 0;
    const files: HostFiles = {
      ...localFiles,
      read: async (file) => {
        most = Math.max(most, (open += 1));
        return localFiles.read(file).finally(() => (open -= 1));
      },
    };
    for (let number = 1; number <= 200; number += 1) {
      mkdirSync(path.dirname(fileOf(number)), { recursive: true });
      writeFileSync(fileOf(number), JSON.stringify({ number, kind: "claimed", release: "a" }));
    }
    const long = new EventLog(new RecordFiles(files, root));
    expect((await long.list()).map(({ number }) => number)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    expect(most).toBeLessThanOrEqual(64);
  });

  it.each<[boolean | null, string, [EventKind, string][]]>([
    [null, "it was never heard of", [["moved", "b"]]],
    [
      false,
      "it was only placed",
      [
        ["claimed", "a"],
        ["proven", "a"],
      ],
    ],
    [
      true,
      "users got it",
      [
        ["moved", "a"],
        ["moved", "b"],
      ],
    ],
    [
      true,
      "it served before there were events",
      [
        ["taken over", "a"],
        ["moved", "b"],
      ],
    ],
    [
      false,
      "its watch failed",
      [
        ["moved", "a"],
        ["rejected", "a"],
        ["went back", "b"],
      ],
    ],
    [
      false,
      "its update was cancelled",
      [
        ["moved", "b"],
        ["moved", "a"],
        ["went back", "b"],
      ],
    ],
    [
      true,
      "it was gone back to",
      [
        ["moved", "a"],
        ["moved", "b"],
        ["went back", "a"],
      ],
    ],
    [
      true,
      "it served at last",
      [
        ["moved", "a"],
        ["rejected", "a"],
        ["moved", "a"],
        ["moved", "b"],
      ],
    ],
    [
      true,
      "it served before a failure",
      [
        ["moved", "a"],
        ["moved", "b"],
        ["moved", "a"],
        ["went back", "b"],
      ],
    ],
  ])("say %s of whether a release has served where %s", async (served, _, events) => {
    for (const [kind, release] of events) await log.append({ kind, release, ...ORIGIN });
    expect(await log.hasServed("a")).toBe(served);
  });

  it("go on where a writer died before it noted how far they go", async () => {
    await appendThree();
    rmSync(path.join(root, "lastEvent.json"));
    expect((await log.head())?.number).toBe(3);
    expect((await log.append({ kind: "retired", ...ORIGIN })).number).toBe(4);
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([]);
  });

  it("show that one was changed", async () => {
    await appendThree();
    writeFileSync(fileOf(2), readFileSync(fileOf(2), "utf8").replace("ada@host", "eve@host"));
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([
      "event 2 is not what event 3 was written after: it was changed, or put in its place",
    ]);
  });

  it("show that one is gone, and that the last one was changed", async () => {
    const events = await appendThree();
    const head = await log.head();
    rmSync(fileOf(1));
    expect(findBrokenLinks(await log.list(), head)).toEqual(["event 1 is missing"]);
    writeFileSync(fileOf(3), readFileSync(fileOf(3), "utf8").replace("moved", "retired"));
    const [, changed] = await log.list();
    expect(findBrokenLinks(await log.list(), head)).toEqual([
      "event 1 is missing",
      `event 3 has hash ${hashOf(changed!)}, but ${hashOf(events[2]!)} was noted`,
    ]);
  });

  it("show that the last ones were taken away, to those who noted one elsewhere", async () => {
    const events = await appendThree();
    rmSync(fileOf(3));
    writeFileSync(
      path.join(root, "lastEvent.json"),
      JSON.stringify({ number: 2, hash: hashOf(events[1]!) }),
    );
    const noted = { number: 3, hash: hashOf(events[2]!) };
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([]);
    expect(findBrokenLinks(await log.list(), await log.head(), noted)).toEqual([
      "event 3 is missing",
    ]);
  });

  it("go on where the note of the last one is damaged", async () => {
    await appendThree();
    writeFileSync(path.join(root, "lastEvent.json"), JSON.stringify({ number: "x" }));
    expect((await log.append({ kind: "retired", ...ORIGIN })).number).toBe(4);
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([]);
  });

  it("are not sought where a number far away is noted", async () => {
    const events = await appendThree();
    const far = { number: 9_007_199_254_740_000, hash: hashOf(events[2]!) };
    writeFileSync(path.join(root, "lastEvent.json"), JSON.stringify(far));
    expect(await log.list()).toEqual(events);
    const missing = `events 4 to ${far.number} are missing`;
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([missing]);
    expect(findBrokenLinks(events, null, far)).toEqual([missing]);
  });

  it("show each gap as one line", async () => {
    await appendThree();
    await log.append({ kind: "retired", ...ORIGIN });
    rmSync(fileOf(1));
    rmSync(fileOf(3));
    rmSync(fileOf(2));
    expect(findBrokenLinks(await log.list(), await log.head())).toEqual([
      "events 1 to 3 are missing",
    ]);
  });
});
