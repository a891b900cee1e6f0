import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { parse, stringify } from "yaml";
import { setUpMachine } from "../toolchain/setup/machine";
import { packageRoot } from "../config/project";
import { stateRoot } from "../config/paths";

/**
 * Sets the machine up and makes sure of the images that tests and measurements release. They are named in a file of
 * their own, so the user's stacks stay as they are.
 */
export async function buildTestImages(): Promise<void> {
  const { nginxImage } = await setUpMachine();
  const file = path.join(stateRoot(), "tests", "images.yaml");
  const staging = path.join(stateRoot(), "tests", `images.${process.pid}.yaml`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(staging, stringify({ config: { ...readConfig(file), ...edge(nginxImage) } }));
  try {
    await execa("node", ["bin/maestro.js", "images", "--file", staging], {
      cwd: packageRoot(),
      // Standard output is for the caller's result.
      stdio: ["ignore", process.stderr, "inherit"],
    });
    // A test that runs at this moment reads the old file or the new one.
    renameSync(staging, file);
  } finally {
    rmSync(staging, { force: true });
  }
}

function edge(image: string) {
  return { "maestro:edge": { image } };
}

function readConfig(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  return (parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> }).config ?? {};
}
