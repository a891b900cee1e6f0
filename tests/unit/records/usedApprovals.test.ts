import { EventLog } from "../../../records/events";
import { overrideReason, overrideUsedAt, usedApprovals } from "../../../records/usedUp";
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
  expect(usedApprovals(await log.list())).toEqual([]);
  await log.append({ kind: "shared", release: "a", ...ORIGIN });
  await approved("a", "2");
  await approved("b", "3");
  await log.append({ kind: "moved", release: "a", ...ORIGIN });
  expect(usedApprovals(await log.list())).toEqual(["1", "2"]);
  await log.append({ kind: "rejected", release: "b", ...ORIGIN });
  expect(usedApprovals(await log.list())).toEqual(["1", "2", "3"]);
});

it("events tell when an override was used up: its release was moved to or rejected since, for this reason", async () => {
  const log = new EventLog(new MemoryRecords());
  const override = { release: "a", reason: "users cannot log in" };
  const usedAt = async (reason = override.reason) =>
    overrideUsedAt(await log.list(), { ...override, reason });
  await log.append({ kind: "rejected", release: "a", ...ORIGIN });
  const reason = overrideReason(override.reason, "gate window: frozen");
  await log.append({ kind: "gate overridden", release: "a", reason, ...ORIGIN });
  await log.append({ kind: "moved", release: "b", ...ORIGIN });
  await log.append({ kind: "shared", release: "a", ...ORIGIN });
  expect(await usedAt()).toBeNull();
  await log.append({ kind: "rejected", release: "a", ...ORIGIN, at: "2026-02-01T00:00:00.000Z" });
  expect(await usedAt()).toBe("2026-02-01T00:00:00.000Z");
  expect(await usedAt("users cannot")).toBeNull();
  expect(await usedAt("they still cannot")).toBeNull();
});
