import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stateRoot } from "../config/paths";
import { instanceRoot, packageRoot } from "../config/project";
import type { Settings } from "../config/settings";
import type { Release } from "../release/release";
import type { RolloutPlan } from "../release/rolloutPlan";
import type { Serving } from "../targets/target";

/** What an update was to do, and what serves since. */
export interface DoneUpdate {
  readonly plan: RolloutPlan;
  readonly desired: Release;
  readonly serving: Pick<Serving, "outcome">;
}

/**
 * Starts `maestro prune` once a release has come through its watch, where the stack wants that. The update neither waits
 * for it nor fails with it: it has a process of its own, which tells the stack's channels what went wrong.
 */
export function pruneAfterRelease(
  { prune }: Pick<Settings, "prune">,
  { plan, desired, serving }: DoneUpdate,
): void {
  if (!prune?.afterRelease || plan.action === "none") return;
  serving.outcome.apply((outcome) => {
    if (pulumi.runtime.isDryRun() || outcome?.serving.id !== desired.id) return;
    startPrune(pulumi.getStack());
  });
}

function startPrune(stack: string): void {
  try {
    const directory = path.join(stateRoot(), "prune");
    mkdirSync(directory, { recursive: true });
    const log = openSync(path.join(directory, `${stack}.log`), "w");
    const script = path.join(packageRoot(), "bin/maestro.js");
    const child = spawn(
      process.execPath,
      [script, "prune", "--stack", stack, "--yes", "--after-release"],
      { cwd: instanceRoot(), detached: true, stdio: ["ignore", log, log] },
    );
    child.on("error", () => undefined);
    // Whatever serves on this machine comes first.
    if (child.pid !== undefined) os.setPriority(child.pid, os.constants.priority.PRIORITY_LOW);
    child.unref();
    closeSync(log);
  } catch {
    // It happens after the next release.
  }
}
