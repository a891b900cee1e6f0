import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { removeStaleLocks } from "../../../operations/shared/stackLock";
import { repairStateFiles } from "../../../operations/shared/stateFile";

let root: string;
let directory: string;
const backend = process.env["PULUMI_BACKEND_URL"];

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-lock-"));
  directory = path.join(root, ".pulumi/locks/organization/maestro/demo");
  mkdirSync(directory, { recursive: true });
  process.env["PULUMI_BACKEND_URL"] = `file://${root}`;
});

afterEach(() => {
  rmSync(root, { recursive: true });
  if (backend === undefined) delete process.env["PULUMI_BACKEND_URL"];
  else process.env["PULUMI_BACKEND_URL"] = backend;
});

function lock(owner: { pid: number; hostname?: string }): string {
  const file = path.join(directory, `${owner.pid}.json`);
  const rest = { username: "ada", hostname: hostname(), timestamp: "2026-01-01T00:00:00Z" };
  writeFileSync(file, JSON.stringify({ ...rest, ...owner }));
  return file;
}

describe("removeStaleLocks", () => {
  it("removes the lock of a process that is gone", () => {
    const file = lock({ pid: 4_194_300 });
    const { removed, held } = removeStaleLocks("demo");
    expect(removed).toEqual([`ada@${hostname()}, process 4194300, since 2026-01-01T00:00:00Z`]);
    expect(held).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it("removes the lock whose process id now belongs to another program", () => {
    lock({ pid: 1 });
    expect(removeStaleLocks("demo").removed).toHaveLength(1);
  });

  it("leaves a lock alone whose process the system hides from us", () => {
    lock({ pid: 4_194_300 });
    const hidden = jest.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
    });
    expect(removeStaleLocks("demo")).toMatchObject({ removed: [], held: [expect.any(String)] });
    hidden.mockRestore();
  });

  it("leaves a lock from another host alone: nobody here can tell whether it lives", () => {
    const file = lock({ pid: 4_194_300, hostname: "elsewhere" });
    const { removed, held } = removeStaleLocks("demo");
    expect(removed).toEqual([]);
    expect(held).toEqual(["ada@elsewhere, process 4194300, since 2026-01-01T00:00:00Z"]);
    expect(existsSync(file)).toBe(true);
  });

  it.each(["torn.json", "torn.json.18ea16ab67f521cd.tmp"])(
    "removes %s, which a full disk has left: nobody holds it, and Pulumi cannot read it",
    (name) => {
      const file = path.join(directory, name);
      writeFileSync(file, "");
      writeFileSync(`${file}.attrs`, "");
      expect(removeStaleLocks("demo")).toEqual({
        removed: ["an update that could not write its lock"],
        held: [],
      });
      expect(existsSync(file)).toBe(false);
    },
  );

  it("has nothing to do without locks, or on a backend that keeps them elsewhere", () => {
    expect(removeStaleLocks("other")).toEqual({ removed: [], held: [] });
    process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
    expect(removeStaleLocks("demo")).toEqual({ removed: [], held: [] });
  });
});

describe("repairStateFiles", () => {
  const write = (name: string, text: string) => {
    const file = path.join(root, ".pulumi/stacks/maestro", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };

  it.each(["", '{"version":3,"deploy'])(
    "puts back the backup of a torn state (%j)",
    async (torn) => {
      const file = write("demo.json", torn);
      write("demo.json.bak", '{"version":3}');
      expect(await repairStateFiles("demo")).toEqual([
        `${file}: was torn by the kill; put back from demo.json.bak`,
      ]);
      expect(readFileSync(file, "utf8")).toBe('{"version":3}');
    },
  );

  it("leaves a whole state alone, whatever its backup", async () => {
    const file = write("demo.json", '{"version":4}');
    write("demo.json.bak", '{"version":3}');
    expect(await repairStateFiles("demo")).toEqual([]);
    expect(readFileSync(file, "utf8")).toBe('{"version":4}');
  });

  it("fails when the backup is torn too, and touches neither", async () => {
    const file = write("demo.json", "");
    write("demo.json.bak", "");
    await expect(repairStateFiles("demo")).rejects.toThrow(
      `${file}: was torn by the kill, and neither its backup nor the history is whole`,
    );
    expect(readFileSync(file, "utf8")).toBe("");
  });

  it("puts a lost state back as the last update has left it", async () => {
    const file = path.join(root, ".pulumi/stacks/maestro/demo.json");
    const history = "../../history/maestro/demo";
    const older = write(`${history}/demo-1.checkpoint.json`, '{"version":1}');
    utimesSync(older, 1, 1);
    write(`${history}/demo-2.checkpoint.json`, '{"version":2}');
    write(`${history}/demo-2.history.json`, '{"kind":"update"}');
    expect(await repairStateFiles("demo")).toEqual([
      `${file}: was lost; put back from demo-2.checkpoint.json`,
    ]);
    expect(readFileSync(file, "utf8")).toBe('{"version":2}');
  });

  it("leaves a stack removed that somebody has removed: that takes its history along", async () => {
    write("demo.json.bak", '{"version":3}');
    expect(await repairStateFiles("demo")).toEqual([]);
  });

  it("removes torn attributes of this stack's files, and no other's", async () => {
    write("demo.json", '{"version":4}');
    const whole = write("demo.json.bak.attrs", '{"md5":""}');
    const other = write("demo-2.json.attrs", "");
    const torn = write("demo.json.attrs", "");
    const history = write("../../history/maestro/demo/demo-1.history.json.attrs", '{"us');
    expect(await repairStateFiles("demo")).toEqual(
      [torn, history].map((file) => `${file}: was torn by the kill; removed, it is not needed`),
    );
    expect([whole, other, torn, history].map((file) => existsSync(file))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
