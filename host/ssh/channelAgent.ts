import http from "node:http";
import type { Duplex } from "node:stream";

/** HTTP over streams that somebody else opens. */
export class ChannelAgent extends http.Agent {
  constructor(
    private readonly openStream: (options: http.ClientRequestArgs) => Promise<Duplex>,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.openStream(options).then(
      (stream) => callback?.(null, asSocket(stream)),
      (error: Error) => callback?.(error, undefined as never),
    );
  }
}

/** http expects a socket; these are the parts of one that it calls without asking. */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  return Object.assign(stream, {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
    destroySoon: () => stream.destroy(),
  });
}
