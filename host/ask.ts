import type { Answer, AskOptions } from "../rules/host/asking";
import * as http from "node:http";
import * as https from "node:https";

const DEFAULT_TIMEOUT_MILLISECONDS = 2_000;
const DEFAULT_MAX_BODY_BYTES = 65_536;

/**
 * One request on a connection of its own, never retried: what it reports is what happened.
 *
 * @throws the connection's error (`ECONNREFUSED` ...), or a timeout as `ETIMEDOUT`.
 */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const timeout = options.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS;
  const maxBody = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  // The edge is asked by address, while its certificate names the public host.
  // nosemgrep: certificate-not-checked
  const tls = url.startsWith("https:") ? { rejectUnauthorized: false } : {};
  const client = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(
      url,
      {
        agent: options.agent ?? false,
        method: options.method ?? "GET",
        headers: headersOf(options),
        ...tls,
      },
      (response) => {
        if (options.statusOnly) {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
          response.on("error", () => undefined);
          return void request.destroy();
        }
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (body.length < maxBody) body += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    const timer = setTimeout(() => {
      const error: NodeJS.ErrnoException = new Error(`no answer from ${url} within ${timeout} ms`);
      error.code = "ETIMEDOUT";
      request.destroy(error);
    }, timeout);
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(options.body);
  });
}

/** A length spares the service a body in chunks, which some cannot read. */
function headersOf({ headers = {}, body }: AskOptions): Record<string, string> {
  if (body === undefined) return { ...headers };
  return { ...headers, "content-length": String(Buffer.byteLength(body)) };
}

/** What went wrong with a request, in a few words. */
export function failureOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
