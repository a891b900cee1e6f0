import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { cacheRoot } from "./paths";

/** Version of the Pulumi CLI this project is tested with, and builds where there is none. */
export const PULUMI_VERSION = "3.274.1";

/**
 * Directory with the CLI that this project built, and our language host beside it: that is where the CLI looks first,
 * and anywhere else on PATH it would warn about it at each step.
 */
export function toolchainDirectory(): string {
  return path.join(cacheRoot(), `pulumi-${PULUMI_VERSION}`);
}

/** The program `name` on PATH, leaving our own directory out; undefined where there is none. */
export function officialOnPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((directory) => directory !== "" && path.resolve(directory) !== toolchainDirectory())
    .map((directory) => path.join(directory, name))
    .find((file) => existsSync(file));
}

/** Pulumi's home: the user's with an official CLI, else one of our own, which stand-in plugins cannot leave. */
export function pulumiHome(): string {
  return officialOnPath("pulumi") === undefined
    ? path.join(cacheRoot(), "pulumi-home")
    : process.env.PULUMI_HOME || path.join(homedir(), ".pulumi");
}
