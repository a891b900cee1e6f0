import { findAccepted, findOpenBreaks } from "../../../records/acceptedBreaks";
import { findBrokenLinks } from "../../../records/eventChain";
import { EventLog } from "../../../records/events";
import { MemoryRecords } from "../../support/memoryRecords";

const ORIGIN = { at: "2026-01-01T00:00:00.000Z", by: "ada@host", commit: null };

it("a break that was looked into is told with who did, and another one stays open", async () => {
  const records = new MemoryRecords();
  const log = new EventLog(records);
  for (const release of ["a", "b", "c", "d"]) {
    await log.append({ kind: "claimed", release, ...ORIGIN });
  }
  await records.remove("events/00000002");
  const breaks = async () => findBrokenLinks(await log.list(), await log.head());
  expect(await breaks()).toEqual(["event 2 is missing"]);
  const found = { breaks: await breaks(), reason: "a disk was lost" };
  await log.append({ kind: "break accepted", ...found, ...ORIGIN });
  expect(findOpenBreaks(await log.list(), await breaks())).toEqual([]);
  expect(findAccepted(await log.list(), await breaks())).toMatchObject([
    { says: "event 2 is missing", by: { number: 5, by: "ada@host", reason: "a disk was lost" } },
  ]);
  await records.remove("events/00000004");
  expect(findOpenBreaks(await log.list(), await breaks())).toEqual(["event 4 is missing"]);
});
