import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { localFiles } from "../../../host/localHost";
import { RecordFiles } from "../../../host/recordFiles";
import type { EventKind } from "../../../records/event";
import { EventLog } from "../../../records/events";

const ORIGIN = { at: "2026-01-01T00:00:00.000Z", by: "ada@host", commit: null };
const evidence = { verdict: "pass", needed: 3, metrics: [] } as const;

let root: string;
let log: EventLog;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-verdict-"));
  log = new EventLog(new RecordFiles(localFiles, root));
});

afterEach(() => rmSync(root, { recursive: true }));

const add = (kind: EventKind, release: string, facts = {}) =>
  log.append({ kind, release, ...facts, ...ORIGIN });
const verdictOf = async (release: string) => log.lastVerdict((await log.head())!, release);

describe("the verdict on what serves", () => {
  it("is what the watch has said since the last move, of that release alone", async () => {
    await add("moved", "a");
    expect(await verdictOf("a")).toBeNull();
    await add("watched", "a", { evidence });
    await add("retired", "z");
    expect(await verdictOf("a")).toBe("pass");
    expect(await verdictOf("b")).toBeNull();
  });

  it("is not that of a share of the clients, nor of an earlier time", async () => {
    await add("moved", "a");
    await add("watched", "b", { evidence });
    await add("moved", "b");
    expect(await verdictOf("b")).toBeNull();
    await add("watched", "b", { evidence });
    await add("went back", "a");
    expect(await verdictOf("b")).toBeNull();
  });

  it("is not known where the event does not say it", async () => {
    await add("moved", "a");
    await add("watched", "a");
    expect(await verdictOf("a")).toBeNull();
  });
});
