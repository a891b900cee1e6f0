import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { CHANNEL_OPTIONS } from "./serve";

/** Shows lines beside the resource they belong to. */
export interface EngineLog {
  /** A line that scrolls by while the resource is worked on, and is gone afterwards. */
  status(urn: string, message: string): void;
  /** A line that stays. */
  info(urn: string, message: string): void;
  /** Resolves when the engine has all lines. */
  flush(): Promise<void>;
}

/** A log that drops everything, for a plugin that was started without an engine. */
export const SILENT_LOG: EngineLog = {
  status: () => undefined,
  info: () => undefined,
  flush: () => Promise.resolve(),
};

/** Connects to the engine's log. */
export function connectEngineLog(address: string): EngineLog {
  const client = new EngineClient(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  // One after the other: the engine shows lines in the order of arrival.
  let queue = Promise.resolve();
  const send = (urn: string, message: string, ephemeral: boolean) => {
    const request = new LogRequest()
      .setUrn(urn)
      .setSeverity(LogSeverity.INFO)
      .setMessage(message)
      .setEphemeral(ephemeral);
    // A log line that does not arrive is no reason to fail the resource.
    queue = queue.then(() => new Promise((resolve) => void client.log(request, () => resolve())));
  };
  return {
    status: (urn, message) => send(urn, message, true),
    info: (urn, message) => send(urn, message, false),
    flush: () => queue,
  };
}
