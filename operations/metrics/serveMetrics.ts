import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ListenPoint } from "../../rules/observability/layout";
import { SERVICE_TARGETS } from "../../rules/observability/metricNames";
import type { Exporter } from "./exporter";

/** Names that whoever asks on this machine may know it by; of any other name it is somebody else's page that asks. */
const LOCAL_NAMES = ["127.0.0.1", "localhost"];

/**
 * Serves metrics to whoever has the token.
 *
 * @param token null: to whoever asks on this machine; then `listen` must be loopback.
 * @throws Error where nobody can listen there.
 */
export async function serveMetrics(
  exporter: Exporter,
  listen: ListenPoint,
  token: string | null,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response, exporter, token).catch((error: Error) => {
      send(response, 500, "text/plain", `nothing can be told: ${error.message}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.address, resolve);
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  exporter: Exporter,
  token: string | null,
): Promise<void> {
  const { method = "", url = "" } = request;
  if (!mayAsk(request, token)) {
    response.setHeader("WWW-Authenticate", "Bearer");
    return send(response, 401, "text/plain", "the token is missing or wrong\n");
  }
  if (!["GET", "HEAD"].includes(method)) {
    response.setHeader("Allow", "GET, HEAD");
    return send(response, 405, "text/plain", "this can only be read\n");
  }
  const [path] = url.split("?");
  if (path === "/metrics") {
    return send(response, 200, exporter.contentType, await exporter.metrics());
  }
  if (path === SERVICE_TARGETS) {
    return send(response, 200, "application/json", JSON.stringify(exporter.targets()));
  }
  send(response, 404, "text/plain", `there are /metrics and ${SERVICE_TARGETS}\n`);
}

function mayAsk({ headers }: IncomingMessage, token: string | null): boolean {
  if (token === null) return LOCAL_NAMES.includes((headers.host ?? "").replace(/:\d+$/, ""));
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}
