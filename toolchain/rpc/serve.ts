import * as grpc from "@grpc/grpc-js";

/** Pulumi allows 400 MB messages; a state with large outputs exceeds gRPC's default of 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const PARENT_CHECK_INTERVAL_MILLISECONDS = 500;

export const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
};

/** What a plugin process serves, and how it cleans up. */
export interface ServeOptions {
  readonly service: grpc.ServiceDefinition;
  readonly implementation: grpc.UntypedServiceImplementation;
  /** Ends what the plugin started; runs when the engine is gone or the process is told to end. */
  readonly onExit: () => void;
}

/**
 * Serves a Pulumi plugin as the engine expects: on a loopback port of the kernel's choice, printed on standard output.
 * The process ends with the engine that started it, however that one died.
 */
export function serve({ service, implementation, onExit }: ServeOptions): void {
  const server = new grpc.Server(CHANNEL_OPTIONS);
  server.addService(service, implementation);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      console.error(`could not listen on 127.0.0.1: ${error.message}`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  endWithParent(onExit);
}

function endWithParent(onExit: () => void): void {
  const exit = () => {
    onExit();
    process.exit(0);
  };
  process.on("SIGTERM", exit);
  // Not the user's Ctrl-C, which reaches the engine alone: this is how the engine ends a plugin it has done with.
  process.on("SIGINT", exit);
  // The engine may close our output before it ends us; that is no reason to crash in the middle of a delete.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      exit();
    }
  }, PARENT_CHECK_INTERVAL_MILLISECONDS).unref();
}

/** The engine's address among a plugin's arguments; undefined where there is none. */
export function engineAddressOf(argv: readonly string[]): string | undefined {
  return argv.find((argument) => !argument.startsWith("-"));
}
