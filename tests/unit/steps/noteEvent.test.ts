import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { localFiles } from "../../../host/localHost";
import { RecordFiles } from "../../../host/recordFiles";
import { StackRecords } from "../../../records/stackRecords";
import { noteEvent } from "../../../steps/shared/noteEvent";

let root: string;
let records: StackRecords;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-note-"));
  records = new StackRecords(new RecordFiles(localFiles, root));
});

afterEach(() => rmSync(root, { recursive: true }));

describe("what a step puts on record", () => {
  it("is one line of plain text, whatever was found", async () => {
    const reason = "gateway: answers 500\n  worker: exited\u001b[31m with 1\n";
    await noteEvent(records, { kind: "rejected", reason });
    const [event] = await records.events.list();
    expect(event?.reason).toBe("gateway: answers 500; worker: exited?[31m with 1");
  });

  it("begins with what served before there were events", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    await records.writeSwitch({ number: 7, release: "old", color: "green", at });
    await noteEvent(records, { kind: "claimed", release: "new", color: "blue" });
    expect(await records.events.list()).toMatchObject([
      { kind: "taken over", release: "old", color: "green" },
      { kind: "claimed", release: "new", color: "blue" },
    ]);
  });
});
