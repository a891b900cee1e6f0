import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { projectName } from "../../../config/project";
import { holdStack } from "../../../operations/shared/holdStack";
import type { Hold } from "../../../records/holdRecords";
import { isGone, whileRenewed } from "../../../records/stackHold";
import { StackRecords } from "../../../records/stackRecords";
import { duringUpdate } from "../../../steps/shared/duringUpdate";
import { MemoryRecords } from "../../support/memoryRecords";

const NO_PROCESS = 4_194_300;
const restore = { command: "restore" };
const release = "ec9ddeeb33f4";
const backend = process.env["PULUMI_BACKEND_URL"];
let records: StackRecords;
let root: string;

beforeEach(() => {
  records = new StackRecords(new MemoryRecords());
  root = mkdtempSync(path.join(tmpdir(), "maestro-hold-"));
  process.env["PULUMI_BACKEND_URL"] = `file://${root}`;
  process.env["MAESTRO_DEPLOYER"] = "ada";
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true });
  delete process.env["MAESTRO_DEPLOYER"];
  if (backend === undefined) delete process.env["PULUMI_BACKEND_URL"];
  else process.env["PULUMI_BACKEND_URL"] = backend;
});

const hold = (of: Partial<Hold> = {}): Hold => {
  const at = new Date().toISOString();
  const run = { machine: "elsewhere", process: 1, run: "theirs" };
  return { command: "restore", by: "bob", since: at, renewed: at, ...run, ...of };
};
const take = (of?: Partial<Hold>) => records.holds.take(hold(of), isGone);
const never = () => Promise.reject(new Error("was done"));
const step = (action: () => Promise<number>, isLast = false) =>
  duringUpdate({ records, release, isLast }, action);

describe("holdStack", () => {
  it("lets one command have the stack, and gives it back however that ends", async () => {
    const inside = async () => {
      await expect(holdStack("demo", records, { command: "migrate up" }, never)).rejects.toThrow(
        /^demo: `maestro restore` by ada has held the stack since 20\S+Z; wait until it ends/,
      );
      return "done";
    };
    expect(await holdStack("demo", records, restore, inside)).toBe("done");
    await expect(holdStack("demo", records, restore, never)).rejects.toThrow("was done");
    expect(await records.holds.read()).toBeNull();
  });

  it("is refused by an update whose lock can be looked at", async () => {
    const locks = path.join(root, ".pulumi/locks/organization", projectName(), "demo");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 1, username: "bob", hostname: "ci", timestamp: "2026-01-01T00:00:00Z" };
    writeFileSync(path.join(locks, "1.json"), JSON.stringify(lock));
    await expect(holdStack("demo", records, restore, never)).rejects.toThrow(
      "demo: an update runs, of bob@ci, process 1, since 2026-01-01T00:00:00Z; wait until it ends",
    );
    expect(await records.holds.read()).toBeNull();
    // What only other commands wait for has nothing to do with it.
    const verify = { command: "backup verify", spares: "updates" } as const;
    expect(await holdStack("demo", records, verify, () => Promise.resolve(1))).toBe(1);
  });

  it("is refused by an update whose lock is elsewhere, by the update's own note", async () => {
    process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
    await step(() => Promise.resolve(0));
    await expect(holdStack("demo", records, restore, never)).rejects.toThrow(
      /^demo: the update to release ec9ddeeb33f4 by ada has run since 20\S+Z; wait until it ends/,
    );
    await step(() => Promise.resolve(0), true);
    expect(await holdStack("demo", records, restore, () => Promise.resolve(1))).toBe(1);
  });

  it("takes over from one that was killed, and only one does", async () => {
    expect(await take({ machine: hostname(), process: NO_PROCESS })).toBeNull();
    const taken = await Promise.all(["c", "d"].map((run) => take({ run })));
    expect(taken.filter((held) => held === null)).toHaveLength(1);
    const now = Date.now();
    jest.spyOn(Date, "now").mockReturnValue(now + 600_000);
    expect(await take({ run: "e", renewed: new Date(now + 600_000).toISOString() })).toBeNull();
    expect((await records.holds.read())?.run).toBe("e");
    await records.holds.release("c");
    expect((await records.holds.read())?.run).toBe("e");
  });
});

describe("a step of an update", () => {
  it("does nothing while a command has the stack, and its update is over then", async () => {
    await take();
    await expect(step(never)).rejects.toThrow(/`maestro restore` by bob has held the stack since/);
    expect(await records.holds.readUpdate()).toBeNull();
  });

  it("goes on beside a command that spares updates, or was killed", async () => {
    await take({ spares: "updates" });
    expect(await step(() => Promise.resolve(0))).toBe(0);
    await records.holds.release("theirs");
    await take({ machine: hostname(), process: NO_PROCESS });
    expect(await step(() => Promise.resolve(0))).toBe(0);
  });

  it("says since when its update runs, until the last one or one that fails", async () => {
    await step(() => Promise.resolve(0));
    const begun = await records.holds.readUpdate();
    expect(begun).toMatchObject({ release, by: "ada" });
    await step(() => Promise.resolve(0));
    expect(await records.holds.readUpdate()).toEqual(begun);
    expect(await step(() => Promise.resolve(1))).toBe(1);
    expect(await records.holds.readUpdate()).toBeNull();
    await expect(step(never)).rejects.toThrow("was done");
    expect(await records.holds.readUpdate()).toBeNull();
  });
});

describe("who holds a stack", () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it("is heard of while it runs: a command, and each step of an update", async () => {
    const seen: (string | undefined)[] = [];
    const look = async () => {
      await jest.advanceTimersByTimeAsync(25_000);
      seen.push((await records.holds.read())?.renewed, (await records.holds.readUpdate())?.renewed);
      return 0;
    };
    const begun = Date.now();
    await holdStack("demo", records, restore, look);
    await step(look);
    // The next one of the same update begins later.
    await jest.advanceTimersByTimeAsync(15_000);
    await step(() => Promise.resolve(0));
    seen.push((await records.holds.readUpdate())?.renewed);
    const at = (seconds: number) => new Date(begun + seconds * 1000).toISOString();
    expect(seen).toEqual([at(20), undefined, undefined, at(45), at(65)]);
  });

  it("has ended only once no renewal is under way, which would bring its hold back", async () => {
    let renewed = () => undefined as void;
    const renew = () => new Promise<void>((resolve) => (renewed = resolve));
    let isOver = false;
    const ended = whileRenewed(renew, () => jest.advanceTimersByTimeAsync(10_000)).then(
      () => (isOver = true),
    );
    await jest.advanceTimersByTimeAsync(1_000);
    expect(isOver).toBe(false);
    renewed();
    expect(await ended).toBe(true);
  });
});
