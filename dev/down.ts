import { rmSync } from "node:fs";
import { Command } from "commander";
import { removeImages } from "../toolchain/setup/baseImages";
import { stopDockerIfOurs } from "../toolchain/setup/docker";
import { removeRegistry } from "../toolchain/setup/registry";
import { removePypiIndex } from "../operations/packages/pypiIndex";
import { step } from "../toolchain/setup/step";
import { askPulumi, runPulumi } from "../operations/shared/pulumi";
import { recoverIfKilled } from "../operations/shared/recovery";
import {
  DEFAULT_STACK,
  forgetEncryption,
  readStackDirectory,
  writeStackConfig,
} from "../operations/shared/stackFile";

/** `make down`: removes what `make up` made, and nothing else. What took long to build stays in the cache. */
export async function main(argv: string[]): Promise<number> {
  new Command("down")
    .description("Removes what `make up` made on this machine.")
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
  await step("registry", async () => {
    await removeRegistry();
    return "removed";
  });
  await step("package index", async () => {
    await removePypiIndex();
    return "removed";
  });
  await step("images", async () => {
    await removeImages();
    return "removed; their cached parts stay";
  });
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
  await step("Docker Engine", async () =>
    (await stopDockerIfOurs()) ? "stopped" : "was not started here, so it stays",
  );
  return 0;
}

async function hasStack(stack: string): Promise<boolean> {
  const stacks = JSON.parse(await askPulumi(["stack", "ls", "--json"])) as { name: string }[];
  return stacks.some(({ name }) => name.split("/").pop() === stack);
}
