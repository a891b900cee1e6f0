import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { officialOnPath, pulumiHome, toolchainDirectory } from "./locations";
import { stateRoot } from "./paths";

const PASSPHRASE_BYTES = 32;

/**
 * The environment in which `pulumi` works here: which CLI and language host, which state and which passphrase. What the
 * user has set is left alone. `toolchain/env.sh` says the same for shells; change both together.
 */
export function pulumiEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PULUMI_BACKEND_URL: process.env.PULUMI_BACKEND_URL ?? localBackend(),
    ...passphrase(),
  };
  const own = toolchainDirectory();
  const rest = (process.env.PATH ?? "").split(path.delimiter).filter((it) => it !== own);
  if (officialOnPath("pulumi") === undefined) {
    environment.PATH = [own, ...rest].join(path.delimiter);
    environment.PULUMI_HOME = pulumiHome();
    environment.PULUMI_SKIP_UPDATE_CHECK = "true";
  } else if (officialOnPath("pulumi-language-nodejs") === undefined) {
    // Last, so that the user's own CLI stays the first.
    environment.PATH = [...rest, own].join(path.delimiter);
  }
  return environment;
}

function localBackend(): string {
  const directory = path.join(stateRoot(), "state");
  mkdirSync(directory, { recursive: true });
  return `file://${directory}`;
}

function passphrase(): NodeJS.ProcessEnv {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  if (PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) {
    return {};
  }
  const file = path.join(stateRoot(), "passphrase");
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writePassphrase(file);
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

function writePassphrase(file: string): void {
  try {
    // "wx": of two processes that start at once, only one may decide.
    const text = `${randomBytes(PASSPHRASE_BYTES).toString("base64url")}\n`;
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
}
