import { createRequire } from "node:module";
import path from "node:path";
import type * as grpcTypes from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { canonicalJson } from "../release/release";
import { CHANNEL_OPTIONS } from "../toolchain/rpc/serve";
import { packageRoot } from "../config/project";

/** Not imported: operations are bundled without gRPC, which only this one needs. */
function loadGrpc(): typeof grpcTypes {
  const require = createRequire(path.join(packageRoot(), "package.json"));
  return require("@grpc/grpc-js") as typeof grpcTypes;
}

/**
 * A resource provider that agrees to everything and does nothing, so that an update of hundreds of services costs what
 * the program and Pulumi's engine cost, without a container. The engine finds it by `PULUMI_DEBUG_PROVIDERS`.
 */
export class NullProvider {
  private constructor(
    private readonly server: grpcTypes.Server,
    private readonly port: number,
  ) {}

  static async start(): Promise<NullProvider> {
    const grpc = loadGrpc();
    const server = new grpc.Server(CHANNEL_OPTIONS);
    server.addService(ResourceProviderService, implementation());
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return new NullProvider(server, port);
  }

  /** What makes the engine use it in place of the named plugins. */
  environment(plugins: readonly string[]): NodeJS.ProcessEnv {
    return { PULUMI_DEBUG_PROVIDERS: plugins.map((name) => `${name}:${this.port}`).join(",") };
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

function implementation(): grpcTypes.UntypedServiceImplementation {
  let created = 0;
  // Not `new Empty()`: this bundle has its own copy of that class, and @pulumi/pulumi takes only its own.
  const nothing = ResourceProviderService.attach.responseDeserialize(Buffer.alloc(0));
  const empty = answer(() => nothing);
  return {
    attach: empty,
    cancel: empty,
    delete: empty,
    getPluginInfo: answer(() => new PluginInfo().setVersion("0.0.0")),
    checkConfig: answer(accept),
    diffConfig: answer(sameAsBefore),
    configure: answer(() =>
      new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),
    ),
    check: answer(accept),
    diff: answer(diff),
    create: answer((request: proto.CreateRequest) =>
      new proto.CreateResponse()
        .setId(request.getPreview() ? "" : `null-${++created}`)
        .setProperties(request.getProperties()),
    ),
    update: answer((request: proto.UpdateRequest) =>
      new proto.UpdateResponse().setProperties(request.getNews()),
    ),
  };
}

function accept(request: proto.CheckRequest): proto.CheckResponse {
  return new proto.CheckResponse().setInputs(request.getNews());
}

function sameAsBefore(): proto.DiffResponse {
  return new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE);
}

function diff(request: proto.DiffRequest): proto.DiffResponse {
  const inputs = [request.getOldInputs(), request.getNews()];
  const [before, after] = inputs.map((each) => canonicalJson(each?.toJavaScript()));
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  return new proto.DiffResponse().setChanges(before === after ? DIFF_NONE : DIFF_SOME);
}

function answer<Request, Response>(
  handle: (request: Request) => Response,
): grpcTypes.handleUnaryCall<Request, Response> {
  return (call, callback) => callback(null, handle(call.request));
}
