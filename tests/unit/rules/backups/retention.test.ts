import { outlivedBackups } from "../../../../rules/backups/retention";

const NOW = new Date("2026-11-30T00:00:00Z");
/** Files of a whole backup of a day, or of one that was killed. */
const whole = (day: string) => [`${day}T030000Z-0000.manifest.json`, ...killed(day)];
const killed = (day: string) => [`${day}T030000Z-0000.shop.dump.age`];
const outlived = (files: string[], keep: { count: number; days?: number }) =>
  outlivedBackups(files, keep, NOW).map((name) => name.slice(0, 8));

describe("retention", () => {
  it("removes whole backups beyond the count, the oldest first", () => {
    const files = ["20261127", "20261128", "20261129"].flatMap(whole);
    expect(outlived(files, { count: 2 })).toEqual(["20261127"]);
  });

  it("removes those that are too old, and never the newest whole one", () => {
    const files = ["20260101", "20260201"].flatMap(whole);
    expect(outlived(files, { count: 10, days: 30 })).toEqual(["20260101"]);
    expect(outlived(whole("20250101"), { count: 1, days: 1 })).toEqual([]);
  });

  it("takes no killed backup for a whole one, however new, and removes what it left after a day", () => {
    const files = [...whole("20261101"), ...killed("20261110"), ...killed("20261129")];
    expect(outlived(files, { count: 1, days: 7 })).toEqual(["20261110"]);
  });

  it("leaves alone what is no backup's", () => {
    expect(outlived(["notes.txt", "lost+found", ...whole("20261129")], { count: 1 })).toEqual([]);
  });
});
