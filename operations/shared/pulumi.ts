import execa from "execa";
import { instanceRoot } from "../../config/project";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";
import type { StackOutputs } from "../../release/stackOutputs";

/**
 * Runs the Pulumi CLI; its output goes to `output` as it comes. Returns the exit code.
 *
 * @param extra variables of its environment beside the usual ones.
 */
export async function runPulumi(
  args: readonly string[],
  output: "stdout" | "stderr" = "stdout",
  extra: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { cwd, env, extendEnv } = options();
  const { exitCode } = await execa("pulumi", args, {
    ...{ cwd, extendEnv, env: { ...env, ...extra } },
    stdio: ["inherit", output === "stderr" ? process.stderr : "inherit", "inherit"],
    reject: false,
  });
  return exitCode;
}

/** Runs the Pulumi CLI and returns what it prints on stdout. */
export async function askPulumi(args: readonly string[], input = ""): Promise<string> {
  const { stdout, stderr, exitCode } = await execa("pulumi", args, {
    ...options(),
    input,
    reject: false,
  });
  if (exitCode !== 0) {
    throw new Error(`pulumi ${args.join(" ")} failed:\n${stderr || stdout}`);
  }
  return stdout;
}

/** The stack's outputs; empty before its first successful update. */
export async function readOutputs(stack: string): Promise<Partial<StackOutputs>> {
  const outputs = await askPulumi([
    "stack",
    "output",
    "--json",
    "--show-secrets",
    "--stack",
    stack,
  ]);
  return JSON.parse(outputs) as Partial<StackOutputs>;
}

function options() {
  return { cwd: instanceRoot(), env: pulumiEnvironment(), extendEnv: true };
}
