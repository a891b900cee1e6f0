import execa from "execa";

const PATIENCE_MILLISECONDS = 60_000;
/** A document may not make the deployer's machine read other files or addresses. */
const COMPARE = ["breaking", "--format", "json", "--allow-external-refs=false", "--auto-upgrade"];
/** The version that the tests ran. */
const OASDIFF_VERSION = "1.36.0";

/** Why breaking changes cannot be looked for on this machine; null: they can. */
export async function findOasdiffProblem(): Promise<string | null> {
  const { exitCode } = await execa("oasdiff", ["--version"], { reject: false });
  return exitCode === 0
    ? null
    : `oasdiff is not in the PATH of this machine; install it (tested: ${OASDIFF_VERSION}), or take openapi out of healthGate`;
}

/**
 * Compares two OpenAPI documents by oasdiff (https://github.com/oasdiff/oasdiff).
 *
 * @param directory where they are, and where nothing else is: a settings file of oasdiff's would count.
 * @returns its output, or what it says of a document that it cannot read.
 * @throws Error when it cannot be run.
 */
export async function runOasdiff(
  directory: string,
  base: string,
  revision: string,
): Promise<{ readonly output: string } | { readonly problem: string }> {
  const result = await execa("oasdiff", [...COMPARE, base, revision], {
    cwd: directory,
    reject: false,
    stdin: "ignore",
    timeout: PATIENCE_MILLISECONDS,
    env: { OASDIFF_NO_TELEMETRY: "1" },
  });
  if ((result as { code?: string }).code === "ENOENT")
    throw new Error((await findOasdiffProblem())!);
  if (result.timedOut)
    return { problem: `oasdiff took longer than ${PATIENCE_MILLISECONDS / 1000} s` };
  return result.exitCode === 0
    ? { output: result.stdout }
    : {
        problem:
          result.stderr.trim().replace(/^Error: /, "") || `oasdiff ended with ${result.exitCode}`,
      };
}
