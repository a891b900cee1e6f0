import * as http from "node:http";
import * as https from "node:https";

/** One request, sent as it is. */
export interface RawRequest {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Names and values by turns, repeated ones too. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Sends a request on a connection of its own, its path untouched by any URL parser. */
export function sendRaw(
  base: string,
  path: string,
  { method = "GET", headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port, protocol } = new URL(base);
  const client = protocol === "https:" ? https : http;
  const options = { hostname, port, path, method, headers, agent: false as const };
  return new Promise((resolve, reject) => {
    const request = client.request({ ...options, rejectUnauthorized: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode, headers: received, rawHeaders } = response;
        resolve({ status: statusCode ?? 0, headers: received, rawHeaders, body: text });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
