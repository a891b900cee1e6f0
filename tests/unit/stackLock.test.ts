import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { removeStaleLocks } from "../../operations/shared/stackLock";

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

  it("leaves a lock from another host alone: nobody here can tell whether it lives", () => {
    const file = lock({ pid: 4_194_300, hostname: "elsewhere" });
    const { removed, held } = removeStaleLocks("demo");
    expect(removed).toEqual([]);
    expect(held).toEqual(["ada@elsewhere, process 4194300, since 2026-01-01T00:00:00Z"]);
    expect(existsSync(file)).toBe(true);
  });

  it("has nothing to do without locks, or on a backend that keeps them elsewhere", () => {
    expect(removeStaleLocks("other")).toEqual({ removed: [], held: [] });
    process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
    expect(removeStaleLocks("demo")).toEqual({ removed: [], held: [] });
  });
});
