import { createHash, randomBytes } from "node:crypto";
import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { EngineLog } from "../rpc/engineLog";
import { fromStruct, isEqual, revealAll, toStruct, type Properties } from "../rpc/values";
import type { Diff, ResourceType } from "./resourceType";
import { keepMarks, markSecrets } from "./secretMarks";
import { initialized, toServiceError } from "./serviceError";

/** The official plugins add seven hex digits to a logical name. */
const SUFFIX_LENGTH = 7;

/** A plugin's resource types and configuration, as the service below needs them. */
export interface Plugin {
  readonly version: string;
  readonly types: Readonly<Record<string, ResourceType>>;
  /** Functions that a program can call, by token; none if left out. */
  readonly functions?: Readonly<Record<string, (args: Properties) => Promise<Properties>>>;
  /** Names what is wrong with the provider's configuration. */
  checkConfig(config: Properties): readonly { property: string; reason: string }[];
  configure(config: Properties): void;
}

/** Serves a plugin's resource types over Pulumi's ResourceProvider protocol. */
export function providerService(
  plugin: Plugin,
  log: EngineLog,
  canceled: AbortController,
): grpc.UntypedServiceImplementation {
  const operation = (request: { getUrn(): string }) => ({
    urn: request.getUrn(),
    name: request.getUrn().split("::").slice(3).join("::"),
    signal: canceled.signal,
    log,
  });
  return {
    getPluginInfo: answer(() => new PluginInfo().setVersion(plugin.version)),
    checkConfig: answer((request: proto.CheckRequest) => checkConfig(plugin, request)),
    diffConfig: answer((request: proto.DiffRequest) => diffConfig(request)),
    configure: answer((request: proto.ConfigureRequest) => {
      plugin.configure(revealAll(fromStruct(request.getArgs())));
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: answer((request: proto.CheckRequest) => check(typeOf(plugin, request), request)),
    diff: answer((request: proto.DiffRequest) => diff(typeOf(plugin, request), request)),
    create: answer(async (request: proto.CreateRequest) => {
      const type = typeOf(plugin, request);
      const wire = fromStruct(request.getProperties());
      const inputs = revealAll(wire);
      const mark = (state: Properties) => toStruct(markSecrets(type, state, wire, {}));
      if (request.getPreview()) {
        return new proto.CreateResponse().setProperties(mark(type.preview(inputs, null)));
      }
      const { id, state } = await initialized(
        () => type.create({ ...operation(request), inputs }),
        (failure) => mark(failure.state),
      );
      return new proto.CreateResponse().setId(id).setProperties(mark(state));
    }),
    read: answer(async (request: proto.ReadRequest) => {
      const type = typeOf(plugin, request);
      const wireInputs = fromStruct(request.getInputs());
      const wireState = fromStruct(request.getProperties());
      const inputs = revealAll(wireInputs);
      const state = revealAll(wireState);
      const found = await type.read({ ...operation(request), id: request.getId(), inputs, state });
      return found === undefined
        ? new proto.ReadResponse()
        : new proto.ReadResponse()
            .setId(found.id)
            .setInputs(toStruct(keepMarks(found.inputs, wireInputs, wireState)))
            .setProperties(toStruct(markSecrets(type, found.state, wireInputs, wireState)));
    }),
    update: answer(async (request: proto.UpdateRequest) => {
      const type = typeOf(plugin, request);
      const wire = fromStruct(request.getNews());
      const wireState = fromStruct(request.getOlds());
      const inputs = revealAll(wire);
      const state = revealAll(wireState);
      const mark = (outputs: Properties) => toStruct(markSecrets(type, outputs, wire, wireState));
      const id = request.getId();
      const outputs = request.getPreview()
        ? type.preview(inputs, state)
        : await initialized(
            () => type.update({ ...operation(request), id, inputs, state }),
            (failure) => mark(failure.state),
          );
      return new proto.UpdateResponse().setProperties(mark(outputs));
    }),
    delete: answer(async (request: proto.DeleteRequest) => {
      const state = revealAll(fromStruct(request.getProperties()));
      const type = typeOf(plugin, request);
      await type.delete({ ...operation(request), id: request.getId(), state });
      return new Empty();
    }),
    invoke: answer(async (request: proto.InvokeRequest) => {
      const call = plugin.functions?.[request.getTok()];
      if (call === undefined)
        throw notCovered(request.getTok(), Object.keys(plugin.functions ?? {}));
      const result = await call(revealAll(fromStruct(request.getArgs())));
      return new proto.InvokeResponse().setReturn(toStruct(result));
    }),
    cancel: (_call: unknown, callback: grpc.sendUnaryData<Empty>) => {
      canceled.abort();
      callback(null, new Empty());
    },
  };

  function answer<Request, Response>(
    handle: (request: Request) => Response | Promise<Response>,
  ): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
      void (async () => {
        try {
          const response = await handle(call.request);
          await log.flush();
          callback(null, response);
        } catch (error) {
          await log.flush();
          callback(toServiceError(error));
        }
      })();
    };
  }
}

function typeOf(plugin: Plugin, request: { getUrn(): string }): ResourceType {
  const token = (request.getUrn().split("::")[2] ?? "").split("$").at(-1) ?? "";
  const type = plugin.types[token];
  if (type === undefined) {
    throw notCovered(token, Object.keys(plugin.types));
  }
  return type;
}

function notCovered(token: string, covered: readonly string[]): Error {
  return new Error(
    `${token}: this stand-in plugin covers only ${covered.join(", ") || "none of these"}; ` +
      "install the official plugin for others",
  );
}

function check(type: ResourceType, request: proto.CheckRequest): proto.CheckResponse {
  const wire = fromStruct(request.getNews());
  const olds = revealAll(fromStruct(request.getOlds()));
  const name = request.getUrn().split("::").slice(3).join("::");
  const sent = request.getRandomseed_asU8();
  const seed = sent.length > 0 ? sent : randomBytes(SUFFIX_LENGTH);
  const suffix = createHash("sha256").update(seed).digest("hex").slice(0, SUFFIX_LENGTH);
  const { inputs, failures } = type.check(revealAll(wire), olds, name, suffix);
  return new proto.CheckResponse()
    .setInputs(toStruct(keepMarks(inputs, wire, {})))
    .setFailuresList(failures.map(toCheckFailure));
}

function diff(type: ResourceType, request: proto.DiffRequest): proto.DiffResponse {
  const state = revealAll(fromStruct(request.getOlds()));
  const inputs = revealAll(fromStruct(request.getNews()));
  const ignored = request.getIgnorechangesList();
  return toDiffResponse(type.diff(state, inputs), (path) =>
    ignored.some((pattern) => pattern === "*" || isInside(path, pattern)),
  );
}

function toDiffResponse(found: Diff, isIgnored: (path: string) => boolean): proto.DiffResponse {
  const details = Object.entries(found.details).filter(([path]) => !isIgnored(path));
  const replaces = details.filter(([, kind]) => kind.endsWith("_REPLACE"));
  const roots = (entries: typeof details) => [...new Set(entries.map(([path]) => rootOf(path)))];
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(details.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList(roots(details))
    .setReplacesList(roots(replaces))
    .setStablesList([...found.stables])
    .setDeletebeforereplace(replaces.length > 0 && found.deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const [path, kind] of details) {
    const entry = new proto.PropertyDiff().setKind(proto.PropertyDiff.Kind[kind]);
    response.getDetaileddiffMap().set(path, entry);
  }
  return response;
}

function isInside(path: string, pattern: string): boolean {
  return path === pattern || path.startsWith(`${pattern}.`) || path.startsWith(`${pattern}[`);
}

function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function checkConfig(plugin: Plugin, request: proto.CheckRequest): proto.CheckResponse {
  const wire = fromStruct(request.getNews());
  return new proto.CheckResponse()
    .setInputs(toStruct(wire))
    .setFailuresList(plugin.checkConfig(revealAll(wire)).map(toCheckFailure));
}

function diffConfig(request: proto.DiffRequest): proto.DiffResponse {
  // Another Docker host means other containers, but the official plugin updates in place, so nothing is replaced here either.
  const same = isEqual(
    revealAll(fromStruct(request.getOlds())),
    revealAll(fromStruct(request.getNews())),
  );
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  return new proto.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
}

function toCheckFailure({ property, reason }: { property: string; reason: string }) {
  return new proto.CheckFailure().setProperty(property).setReason(reason);
}
