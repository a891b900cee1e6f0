import { RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { exitOf, startNode } from "./children";
import { fastStart } from "./fastStart";
import { runtimeOptions } from "./options";
import { locatePackage } from "./packages";

/** With this code a program says that it has told the user what is wrong. */
const BAIL_EXIT_CODE = 32;

/** Runs a Pulumi program to its end, as the official language host does. */
export async function runProgram(request: RunRequest, engineAddress: string): Promise<RunResponse> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd();
  const runner = locatePackage(directory, "@pulumi/pulumi/cmd/run");
  if (runner === undefined) {
    throw new Error(
      `the Pulumi SDK is not installed in ${directory}; run "npm ci" or "npm install" there`,
    );
  }
  const options = runtimeOptions(info);
  const fast = fastStart(options, directory);
  const child = startNode(
    [...options.nodeargs, ...fast.argv, runner, ...programArguments(request, engineAddress)],
    {
      cwd: request.getPwd() || directory,
      // The engine shows what arrives on the language host's own output.
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        ...fast.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
        ...(options.tsconfig === undefined
          ? {}
          : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
      },
    },
  );
  return toResponse(await exitOf(child));
}

function programArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flag = (name: string, value: string | undefined) =>
    value === undefined || value === "" ? [] : [`--${name}`, value];
  return [
    ...flag("monitor", request.getMonitorAddress()),
    ...flag("engine", engineAddress),
    ...flag("organization", request.getOrganization()),
    ...flag("project", request.getProject()),
    ...flag("root-directory", info?.getRootDirectory()),
    ...flag("stack", request.getStack()),
    ...flag("pwd", request.getPwd()),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...flag("parallel", String(request.getParallel())),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function toResponse(code: number | null): RunResponse {
  if (code === 0) {
    return new RunResponse();
  }
  if (code === BAIL_EXIT_CODE) {
    return new RunResponse().setBail(true);
  }
  const error =
    code === null
      ? "Program exited unexpectedly"
      : `Program exited with non-zero exit code: ${code}`;
  return new RunResponse().setError(error);
}
