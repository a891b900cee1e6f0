import * as grpc from "@grpc/grpc-js";
import { RunPluginResponse, type RunPluginRequest } from "@pulumi/pulumi/proto/language_pb";
import { exitOf, startNode } from "./children";
import { runtimeOptions } from "./options";
import { locatePackage } from "./packages";

type Call = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/** Runs a plugin written for Node, a policy pack for example, and passes its output on as it comes. */
export function runPlugin(call: Call): void {
  start(call).catch((error: unknown) => {
    const details = error instanceof Error ? error.message : String(error);
    call.emit("error", { code: grpc.status.UNKNOWN, details });
  });
}

async function start(call: Call): Promise<void> {
  const request = call.request;
  const directory = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const isPolicyPack = request.getKind() === "analyzer";
  const command = isPolicyPack ? "run-policy-pack" : "run-plugin";
  const runner = locatePackage(directory, `@pulumi/pulumi/cmd/${command}`);
  if (runner === undefined) {
    // The engine looks for these words to tell a policy pack without its dependencies.
    throw new Error(`It looks like the Pulumi SDK has not been installed in ${directory}`);
  }
  const { nodeargs } = runtimeOptions(request.getInfo());
  const child = startNode([...nodeargs, runner, ...pluginArguments(request, directory)], {
    cwd: isPolicyPack ? directory : request.getPwd() || directory,
    env: environmentOf(request),
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Ending the call is how the engine ends a plugin.
  call.on("cancelled", () => child.kill("SIGKILL"));
  child.stdout?.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  const code = await exitOf(child);
  call.write(new RunPluginResponse().setExitcode(code ?? -1));
  call.end();
}

function pluginArguments(request: RunPluginRequest, directory: string): string[] {
  const [engineAddress = "", ...rest] = request.getArgsList();
  // A policy pack gets the engine's address and "." for itself; any other plugin its own arguments.
  return request.getKind() === "analyzer"
    ? [engineAddress, directory, ...rest.slice(1)]
    : [directory, ...request.getArgsList()];
}

function environmentOf(request: RunPluginRequest): NodeJS.ProcessEnv {
  const entries = request.getEnvList().map((entry): [string, string] => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return { ...process.env, ...Object.fromEntries(entries) };
}
