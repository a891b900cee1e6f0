import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { officialOnPath, PULUMI_VERSION, toolchainDirectory } from "../../config/locations";
import { packageRoot } from "../../config/project";
import type { Say } from "./step";

const CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const BUILD_TIMEOUT_MILLISECONDS = 30 * 60 * 1000;

/** Which Pulumi CLI is in use. */
export interface CliReport {
  /** Path of the executable. */
  readonly cli: string;
  /** Whether it is the user's own rather than the one built here. */
  readonly official: boolean;
  /** One line for the user. */
  readonly detail: string;
}

/** Finds the Pulumi CLI, or builds it from its Go module where only package registries can be reached. */
export async function ensurePulumi(say: Say = () => undefined): Promise<CliReport> {
  const installed = officialOnPath("pulumi");
  if (installed !== undefined) {
    return { cli: installed, official: true, detail: `official CLI, ${installed}` };
  }
  const cli = path.join(toolchainDirectory(), "pulumi");
  if (!existsSync(cli)) {
    say(`building the Pulumi CLI ${PULUMI_VERSION} from its Go module, which takes some minutes`);
    await buildCli(cli);
  }
  const detail = `CLI ${PULUMI_VERSION} built from its Go module, ${cli}`;
  return { cli, official: false, detail };
}

async function buildCli(cli: string): Promise<void> {
  mkdirSync(path.dirname(cli), { recursive: true });
  // An interrupted build must not leave half a program under the final name.
  const staging = `${cli}.${process.pid}`;
  const flags = `-s -w -X ${VERSION_VARIABLE}=v${PULUMI_VERSION}`;
  try {
    await promisify(execFile)("go", ["build", "-o", staging, "-ldflags", flags, CLI_PACKAGE], {
      cwd: path.join(packageRoot(), "toolchain"),
      timeout: BUILD_TIMEOUT_MILLISECONDS,
      maxBuffer: 16 * 1024 * 1024,
    });
    renameSync(staging, cli);
  } catch (error) {
    rmSync(staging, { force: true });
    const { code, stderr = "", message } = error as Error & { code?: unknown; stderr?: string };
    throw new Error(
      code === "ENOENT"
        ? "pulumi: there is neither a pulumi nor a go command on PATH; install one of them (https://www.pulumi.com/docs/install/ or https://go.dev/dl/)"
        : `pulumi: building the CLI from ${CLI_PACKAGE} failed: ${stderr.trim() || message}`,
    );
  }
}
