import { rmSync } from "node:fs";
import { Command } from "commander";
import { stopDockerIfOurs, tryDocker } from "../toolchain/setup/docker";
import { step } from "../toolchain/setup/step";
import { leaveMachine } from "../operations/shared/leaveMachine";
import { askPulumi, runPulumi } from "../operations/shared/pulumi";
import { recoverIfKilled } from "../operations/shared/recovery";
import {
  DEFAULT_STACK,
  forgetEncryption,
  readStackDirectory,
  writeStackConfig,
} from "../operations/shared/stackFile";

/**
 * `make down`: removes what `make up` made, and nothing else. What another project of this machine uses too stays, and
 * what took long to build stays in the cache.
 */
export async function main(argv: string[]): Promise<number> {
  new Command("down")
    .description(
      "Removes what `make up` made on this machine, except what another project uses too.",
    )
    .parse(argv, { from: "user" });
  const stack = DEFAULT_STACK;
  const directory = readStackDirectory(stack);
  if (await hasStack(stack)) {
    await recoverIfKilled(stack);
    // What serves is protected; here it is meant to go.
    await askPulumi(["state", "unprotect", "--all", "--yes", "--stack", stack]);
    const code = await runPulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
    if (code !== 0) return code;
    await askPulumi(["stack", "rm", stack, "--yes", "--preserve-config"]);
  }
  await leaveMachine();
  rmSync(directory, { recursive: true, force: true });
  writeStackConfig(stack, [
    [["release"], undefined],
    [["edge", "image"], undefined],
    [["settingsFrom"], undefined],
    [["allowRejected"], undefined],
    [["packages", "versions"], undefined],
    [["postgres", "image"], undefined],
  ]);
  forgetEncryption(stack);
  await step("Docker Engine", async () => {
    if (await runsContainers()) return "runs others' containers, so it stays";
    return (await stopDockerIfOurs()) ? "stopped" : "was not started here, so it stays";
  });
  return 0;
}

async function runsContainers(): Promise<boolean> {
  const { ok, output } = await tryDocker(["container", "ls", "--quiet"]);
  return ok && output.trim() !== "";
}

async function hasStack(stack: string): Promise<boolean> {
  const stacks = JSON.parse(await askPulumi(["stack", "ls", "--json"])) as { name: string }[];
  return stacks.some(({ name }) => name.split("/").pop() === stack);
}
