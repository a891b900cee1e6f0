import {
  backupName,
  backupTime,
  filesOf,
  findLostRows,
  isBackupName,
  parseManifest,
  wholeBackups,
} from "../../../../rules/backups/manifest";

const NAME = "20261130T003200Z-3f2a";

describe("a backup's name", () => {
  it("says when it was begun", () => {
    const at = new Date("2026-11-30T00:32:00.987Z");
    expect(backupName(at, "3f2a")).toBe(NAME);
    expect(backupTime(NAME).toISOString()).toBe("2026-11-30T00:32:00.000Z");
  });

  it.each(["../20261130T003200Z-3f2a", "latest", `${NAME}/x`, ""])("is not %j", (name) => {
    expect(isBackupName(name)).toBe(false);
  });
});

describe("stored files", () => {
  const files = [`${NAME}.a.dump.age`, `${NAME}.manifest.json`, "20261129T003200Z-0000.a.dump"];

  it("are a backup where there is a manifest", () => {
    expect(wholeBackups(files)).toEqual([NAME]);
  });

  it("are removed with the manifest first", () => {
    expect(filesOf(NAME, files)).toEqual([`${NAME}.manifest.json`, `${NAME}.a.dump.age`]);
  });
});

describe("a manifest", () => {
  it.each([
    ["{", "its manifest is no JSON"],
    ['{"format":2}', "its manifest is of format 2; this version reads 1"],
    [`{"format":1,"name":"${NAME}"}`, "its manifest is not whole"],
    ['{"format":1,"name":"20261130T003200Z-0000","databases":[],"stackFiles":{}}', "is not whole"],
  ])("is refused: %s", (text, says) => {
    expect(() => parseManifest(NAME, text)).toThrow(says);
  });
});

describe("restored rows", () => {
  it("are those of the manifest", () => {
    expect(
      findLostRows({ "public.a": 2, "public.b": 0 }, { "public.b": 0, "public.a": 2 }),
    ).toEqual([]);
  });

  it("are told where they differ, table by table", () => {
    expect(
      findLostRows({ "public.a": 2, "public.gone": 1 }, { "public.a": 1, "public.new": 3 }),
    ).toEqual([
      "table public.a has 1 rows, wanted 2",
      "table public.gone is missing",
      "table public.new was not in the backup",
    ]);
  });
});
