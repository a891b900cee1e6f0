import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { engineAddressOf, serve } from "../rpc/serve";
import { findInstalledPackages, findMissing, readDependencies } from "./packages";
import { killChildren } from "./children";
import { runPlugin } from "./runPlugin";
import { runProgram } from "./runProgram";
import { VERSION } from "./version";

let engineAddress = engineAddressOf(process.argv.slice(2)) ?? "";

type Answer<Request, Response> = (request: Request) => Response | Promise<Response>;

function unary<Request, Response>(
  handle: Answer<Request, Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void (async () => {
      try {
        callback(null, await handle(call.request));
      } catch (error) {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: grpc.status.UNKNOWN, details });
      }
    })();
  };
}

function directoryOf(request: { getInfo(): proto.ProgramInfo | undefined }): string {
  return request.getInfo()?.getProgramDirectory() ?? process.cwd();
}

const implementation: grpc.UntypedServiceImplementation = {
  handshake: unary((request: proto.LanguageHandshakeRequest) => {
    engineAddress = request.getEngineAddress() || engineAddress;
    return new proto.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(() => new PluginInfo().setVersion(VERSION)),
  getRequiredPlugins: unary((request: proto.GetRequiredPluginsRequest) =>
    new proto.GetRequiredPluginsResponse().setPluginsList(
      findInstalledPackages(directoryOf(request)).map(({ name, version, server }) =>
        new PluginDependency()
          .setKind("resource")
          .setName(name)
          .setVersion(version)
          .setServer(server),
      ),
    ),
  ),
  getRequiredPackages: unary((request: proto.GetRequiredPackagesRequest) =>
    new proto.GetRequiredPackagesResponse().setPackagesList(
      findInstalledPackages(directoryOf(request)).map(({ name, version, server }) =>
        new PackageDependency()
          .setKind("resource")
          .setName(name)
          .setVersion(version)
          .setServer(server),
      ),
    ),
  ),
  run: unary((request: proto.RunRequest) => runProgram(request, engineAddress)),
  runPlugin: (call: grpc.ServerWritableStream<proto.RunPluginRequest, proto.RunPluginResponse>) =>
    runPlugin(call),
  about: unary(() => {
    const response = new proto.AboutResponse()
      .setExecutable(process.execPath)
      .setVersion(process.version);
    response.getMetadataMap().set("languageHost", "maestro stand-in");
    return response;
  }),
  getProgramDependencies: unary((request: proto.GetProgramDependenciesRequest) =>
    new proto.GetProgramDependenciesResponse().setDependenciesList(
      readDependencies(directoryOf(request)).map(({ name, version }) =>
        new proto.DependencyInfo().setName(name).setVersion(version),
      ),
    ),
  ),
  installDependencies: (
    call: grpc.ServerWritableStream<
      proto.InstallDependenciesRequest,
      proto.InstallDependenciesResponse
    >,
  ) => {
    const directory = call.request.getDirectory();
    const missing = findMissing(directory);
    if (missing.length === 0) return call.end();
    const details = `${missing.join(", ")}: not installed; run "npm ci" in ${directory}, this language host installs nothing`;
    call.emit("error", { code: grpc.status.UNIMPLEMENTED, details });
  },
  runtimeOptionsPrompts: unary(() => new proto.RuntimeOptionsResponse()),
  template: unary(() => new proto.TemplateResponse()),
  cancel: unary(() => {
    killChildren("SIGTERM");
    return new Empty();
  }),
};

serve({
  service: LanguageRuntimeService,
  implementation,
  onExit: () => killChildren("SIGKILL"),
});
