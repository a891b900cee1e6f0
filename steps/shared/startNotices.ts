import { spawn } from "node:child_process";
import path from "node:path";
import { instanceRoot, packageRoot } from "../../config/project";
import type { NoticesInput, OperationInput, SendNoticesInput } from "../../rules/stepInput";
import { firstNotedEvent } from "./noteEvent";

/**
 * Starts the program that tells of what this step has put on record. It outlives the step, which neither waits for it nor
 * fails with it; what it does not get to, the next one sends.
 */
export function startNotices(place: OperationInput, notices: NoticesInput): void {
  const from = firstNotedEvent();
  if (from === null) return;
  const { prefix, directory, host } = place;
  const input: SendNoticesInput = { prefix, directory, ...(host && { host }), notices, from };
  try {
    const child = spawn(
      process.execPath,
      [path.join(packageRoot(), "bin/maestro.js"), "sendNotices"],
      {
        ...{ cwd: instanceRoot(), detached: true, stdio: ["pipe", "ignore", "ignore"] },
      },
    );
    child.on("error", () => undefined);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(input));
    child.unref();
  } catch {
    // It is sent next time.
  }
}
