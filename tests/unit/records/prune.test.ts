import { findOld } from "../../../operations/history/prune";
import type { StackEvent } from "../../../records/event";
import { beginOf, findBreaks, findBrokenLinks, hashOf } from "../../../records/eventChain";
import { EventLog } from "../../../records/events";
import { MemoryRecords } from "../../support/memoryRecords";

const day = (number: number) => new Date(Date.UTC(2026, 0, number)).toISOString();
const BY = { by: "alice@host", commit: null };

let store: MemoryRecords;
let log: EventLog;

/** A move a day, of another release each. */
beforeEach(async () => {
  store = new MemoryRecords();
  log = new EventLog(store);
  for (const number of [1, 2, 3, 4, 5, 6]) {
    await log.append({ kind: "moved", release: `r${number}`, at: day(number), ...BY });
  }
});

const verify = async (noted: Parameters<typeof findBreaks>[2] = null) =>
  findBrokenLinks(await log.list(), await log.head(), noted);
const numbers = async () => (await log.list()).map(({ number }) => number);
const prune = async (until: number, at = day(7)) => {
  const event = (await log.list()).find(({ number }) => number === until);
  await log.prune(event!, { reason: "old", at, ...BY });
};

describe("events that are taken out", () => {
  it("leave a whole chain, which says what went, and goes on", async () => {
    const [, , third] = await log.list();
    await prune(3);
    expect(await numbers()).toEqual([4, 5, 6, 7]);
    expect(beginOf(await log.list())).toEqual({ number: 3, hash: hashOf(third!) });
    expect(await verify()).toEqual([]);
    await log.append({ kind: "moved", release: "r8", at: day(8), ...BY });
    expect(await verify({ number: 2, hash: "0".repeat(64) })).toEqual([]);
    await prune(7);
    expect(await numbers()).toEqual([8, 9]);
    expect(await verify()).toEqual([]);
  });

  it("are missed where nothing says that they went", async () => {
    for (const number of [1, 2]) await store.remove(`events/0000000${number}`);
    expect(await verify()).toEqual(["events 1 to 2 are missing"]);
  });

  it("are missed beyond what was said to go, and one that was changed shows", async () => {
    await prune(3);
    await store.remove("events/00000004");
    expect(await verify()).toEqual(["event 4 is missing"]);
    const [fifth] = await log.list();
    await store.write("events/00000004", { ...fifth!, number: 4 });
    expect(findBreaks(await log.list(), await log.head())[0]).toEqual({
      event: 3,
      says: "event 3 is not what event 4 was written after: it was changed, or put in its place",
    });
  });

  it("show where whoever took them out has died, and go the next time", async () => {
    const [first, second] = await log.list();
    await prune(3);
    await store.create("events/00000002", second);
    expect(await verify()).toEqual([
      "event 2 is there, and all up to 3 were taken out; run `maestro history prune` again",
    ]);
    await store.create("events/00000001", first);
    const old = findOld(await log.list(), ["r4"], new Date(day(1)));
    expect(old.map(({ number }) => number)).toEqual([1, 2]);
    await log.prune(old.at(-1)!, { at: day(9), ...BY });
    expect(await numbers()).toEqual([4, 5, 6, 7]);
    expect(await verify()).toEqual([]);
  });
});

describe("what may go", () => {
  const old = async (held: string[], before: string) =>
    findOld(await log.list(), held, new Date(before)).map(({ number }) => number);

  it("is older, and before all that tells of what the sets hold", async () => {
    expect(await old([], day(4))).toEqual([1, 2, 3]);
    expect(await old(["r2"], day(4))).toEqual([1]);
    expect(await old(["r1"], day(4))).toEqual([]);
    expect(await old([], day(1))).toEqual([]);
  });

  it("is never the last one", async () => {
    expect(await old([], day(20))).toEqual([1, 2, 3, 4, 5]);
    expect(findOld([] as StackEvent[], [], new Date())).toEqual([]);
  });
});
