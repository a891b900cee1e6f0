import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../../toolchain/plugins/command/run";
import { SILENT_LOG } from "../../../toolchain/rpc/engineLog";

describe("a canceled command", () => {
  test("ends with everything it started", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "maestro-command-"));
    try {
      const canceled = new AbortController();
      const operation = { urn: "", name: "", signal: canceled.signal, log: SILENT_LOG };
      const script = `sh -c 'echo > started; sleep 1; touch survived' & sleep 30; wait`;
      const running = run(script, { dir }, { stdout: "", stderr: "" }, operation);
      const failure = expect(running).rejects.toThrow(/canceled, signal: SIGTERM/);
      while (!existsSync(path.join(dir, "started"))) await sleep(20);
      canceled.abort();
      await failure;
      await sleep(1_500);
      expect(existsSync(path.join(dir, "survived"))).toBe(false);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
