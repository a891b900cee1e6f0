import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pagePolicy } from "../../rules/analytics/dashboardPage";

/** A page that is served to this machine alone. */
export interface ServedPage {
  /** With the token that lets a browser in. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Names that a browser on this machine may know it by; of any other name the request is somebody else's page's. */
const LOCAL_NAMES = ["127.0.0.1", "localhost"];

/**
 * Serves a page on loopback, made anew for each request. It can only be read, by who knows the token in its address.
 *
 * @param port 0: any that is free.
 */
export async function servePage(port: number, make: () => Promise<string>): Promise<ServedPage> {
  const token = randomBytes(24).toString("base64url");
  const server = createServer((request, response) => {
    answer(request, response, token, make).catch((error: Error) => {
      send(response, 500, "text/plain", `the page cannot be made: ${error.message}\n`);
    });
  });
  await listen(server, port);
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/?token=${token}`,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

async function answer(
  { method = "", url = "", headers: { host = "" } }: IncomingMessage,
  response: ServerResponse,
  token: string,
  make: () => Promise<string>,
): Promise<void> {
  const asked = new URL(url, "http://127.0.0.1");
  if (!LOCAL_NAMES.includes(host.replace(/:\d+$/, ""))) {
    return send(response, 421, "text/plain", "this page is for this machine\n");
  }
  if (!isEqual(asked.searchParams.get("token") ?? "", token)) {
    const says =
      "the token is missing or wrong; open the address that `maestro dashboard` printed\n";
    return send(response, 401, "text/plain", says);
  }
  if (!["GET", "HEAD"].includes(method)) {
    response.setHeader("Allow", "GET, HEAD");
    return send(response, 405, "text/plain", "this page can only be read\n");
  }
  if (asked.pathname !== "/") return send(response, 404, "text/plain", "there is one page, /\n");
  send(response, 200, "text/html", method === "HEAD" ? "" : await make());
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Cache-Control": "no-store",
    "Content-Security-Policy": `${pagePolicy()}; frame-ancestors 'none'`,
    // The address holds the token.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

function isEqual(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
