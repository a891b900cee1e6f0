import { EventLog } from "../../../records/events";
import { MemoryRecords } from "../../support/memoryRecords";

const ORIGIN = { at: "2026-01-01T00:00:00.000Z", by: "ci", commit: null };

it("events tell which approvals have done their part: those of a release that was moved to or rejected since", async () => {
  const log = new EventLog(new MemoryRecords());
  const approved = (release: string, document: string) =>
    log.append({
      ...{ kind: "approved", release, approvals: [{ by: "a", key: "k", document }] },
      ...ORIGIN,
    });
  await approved("a", "1");
  expect(await log.usedApprovals()).toEqual([]);
  await log.append({ kind: "shared", release: "a", ...ORIGIN });
  await approved("a", "2");
  await approved("b", "3");
  await log.append({ kind: "moved", release: "a", ...ORIGIN });
  expect(await log.usedApprovals()).toEqual(["1", "2"]);
  await log.append({ kind: "rejected", release: "b", ...ORIGIN });
  expect(await log.usedApprovals()).toEqual(["1", "2", "3"]);
});
