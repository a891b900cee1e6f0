import * as grpc from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { toStruct } from "../rpc/values";
import { InitializationFailed } from "./resourceType";

/** A failed initialization with its outputs ready to be sent. */
class WireInitializationFailed extends Error {
  constructor(
    readonly failure: InitializationFailed,
    readonly properties: ReturnType<typeof toStruct>,
  ) {
    super(failure.message);
  }
}

/** Runs a create or update, and prepares the outputs of one that failed half-way for {@link toServiceError}. */
export async function initialized<Result>(
  run: () => Promise<Result>,
  mark: (failure: InitializationFailed) => ReturnType<typeof toStruct>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof InitializationFailed
      ? new WireInitializationFailed(error, mark(error))
      : error;
  }
}

/** An error as gRPC sends it, with the half-made resource attached where there is one. */
export function toServiceError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new grpc.Metadata();
  if (error instanceof WireInitializationFailed) {
    const detail = new ErrorResourceInitFailed()
      .setId(error.failure.id)
      .setProperties(error.properties)
      .setReasonsList([message]);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
    status.addDetails(any);
    // gRPC for Node has no status details of its own; this header is where Go's looks for them.
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}
