import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { connectTo, secure, type Dial } from "./dependencyLook";

/** What of a request is used: libraries for OAuth give these. */
interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | Headers;
  readonly body?: NonNullable<RequestInit["body"]> | null | undefined;
}

/** `fetch` from where the services are. */
export type InnerFetch = (address: string, options: FetchOptions) => Promise<Response>;

/** More is no answer of a provider's. */
const MAXIMUM_BYTES = 2_000_000;

/** Each request has a connection of its own, and certificates are checked: that is a part of what is looked at. */
export function fetchThrough(dial: Dial): InnerFetch {
  return async (address, options) => {
    const url = new URL(address);
    const isTls = url.protocol === "https:";
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(url.port) || (isTls ? 443 : 80);
    const { socket, failed } = await connectTo(dial, { host, port });
    const stream = isTls ? secure(socket, host) : socket;
    try {
      return await Promise.race([request(isTls ? https : http, url, options, stream), failed]);
    } finally {
      socket.destroy();
    }
  };
}

async function request(
  client: typeof http | typeof https,
  url: URL,
  { method = "GET", headers = {}, body }: FetchOptions,
  stream: Duplex,
): Promise<Response> {
  const content = Buffer.from(await new Response(body ?? null).arrayBuffer());
  const given = Object.fromEntries(new Headers(headers));
  const length = content.length === 0 ? {} : { "content-length": String(content.length) };
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options = { method, headers: { ...given, ...length }, createConnection: () => stream };
    client
      .request(url, options as http.RequestOptions, resolve)
      .on("error", reject)
      .end(content);
  });
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAXIMUM_BYTES) throw new Error(`${url.href}: more than ${MAXIMUM_BYTES} bytes`);
    pieces.push(piece);
  }
  const type = answer.headers["content-type"];
  return new Response(pieces.length > 0 ? Buffer.concat(pieces) : null, {
    status: answer.statusCode ?? 500,
    ...(type === undefined ? {} : { headers: { "content-type": type } }),
  });
}
