import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

/** Loki's own bounds, unless it is configured otherwise. */
const MOST_FOUND = 5_000;
const HOUR = 3_600_000_000_000n;

/** An entry of a push: Unix time in nanoseconds, text, and what else is known of the line. */
type Entry = readonly [time: string, line: string, metadata?: Readonly<Record<string, string>>];

/** Lines of the same labels. */
export interface LokiStream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: Entry[];
}

/**
 * Stands in for Loki, which nobody may build here: it takes pushes and answers queries of lines as the reference of Loki's
 * HTTP API and its guide "Troubleshoot log ingestion" say that it does, and understands the one form of query that is asked.
 */
export class LokiServer {
  /** What it keeps. */
  readonly streams: LokiStream[] = [];
  /** Path and query of each request that has come. */
  readonly asked: URL[] = [];
  /** So much of the time before the newest line of a stream it takes lines of, in nanoseconds. */
  window = HOUR;
  private readonly newest = new Map<LokiStream, bigint>();
  private readonly next: { status: number; body: string }[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<LokiServer> {
    const server = createServer();
    const loki = new LokiServer(server);
    server.on("request", (request, response) => void loki.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return loki;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request gets this in place of its answer. */
  fail(status: number, body: string): void {
    this.next.push({ status, body });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.url);
    const body = await text(request);
    this.asked.push(url);
    const { status, body: says } = this.next.shift() ?? this.take(request, url, body);
    response.writeHead(status).end(says);
  }

  private take({ method, headers }: IncomingMessage, url: URL, body: string) {
    const route = `${method} ${url.pathname}`;
    if (route === "GET /ready") return { status: 200, body: "ready\n" };
    if (route === "POST /loki/api/v1/push") {
      const refused = this.push(headers["content-type"] ?? "", body);
      return refused === null ? { status: 204, body: "" } : { status: 400, body: refused };
    }
    if (route === "GET /loki/api/v1/query_range") return this.query(url.searchParams);
    return { status: 404, body: "404 page not found\n" };
  }

  /** Keeps what it can; what it refuses is the answer. */
  private push(type: string, body: string): string | null {
    if (type !== "application/json") return `unsupported content type ${type}`;
    const { streams } = JSON.parse(body) as { streams: LokiStream[] };
    const refused = streams.flatMap(({ stream, values }) => {
      if (Object.keys(stream).length === 0) {
        return ["error at least one label pair is required per stream"];
      }
      const known = this.streamOf(stream);
      return values.flatMap((entry) => {
        if (!isEntry(entry)) return ["loghttp.PushRequest: a value is no entry"];
        const [time] = entry;
        const newest = this.newest.get(known) ?? 0n;
        const oldest = newest - this.window;
        if (BigInt(time) < oldest) {
          return [
            `entry too far behind, entry timestamp is: ${time}, oldest acceptable: ${oldest}`,
          ];
        }
        known.values.push(entry);
        if (BigInt(time) > newest) this.newest.set(known, BigInt(time));
        return [];
      });
    });
    return refused[0] ?? null;
  }

  private streamOf(labels: LokiStream["stream"]): LokiStream {
    const key = JSON.stringify(labels);
    const known = this.streams.find(({ stream }) => JSON.stringify(stream) === key);
    if (known) return known;
    const stream = { stream: labels, values: [] };
    this.streams.push(stream);
    return stream;
  }

  private query(asked: URLSearchParams) {
    const [, selector, pipeline] = /^\{(.*)\}(.*)$/.exec(asked.get("query") ?? "") ?? [];
    const limit = Number(asked.get("limit") ?? 100);
    if (selector === undefined || pipeline !== ' | keep stream | line_format "-"') {
      return { status: 400, body: "parse error : syntax error" };
    }
    if (limit > MOST_FOUND) return { status: 400, body: "max entries limit per query exceeded" };
    const [from, until] = rangeOf(asked);
    const forward = asked.get("direction") === "forward";
    const found = this.streams
      .filter(({ stream }) => matches(stream, selector))
      .flatMap(({ stream, values }) => values.map(([time]) => [BigInt(time), stream] as const))
      .filter(([time]) => time >= from && time < until)
      .sort(([one], [other]) => Number(one - other) * (forward ? 1 : -1))
      .slice(0, limit);
    const result = ["stdout", "stderr"].flatMap((stream) => {
      const own = found.filter(([, labels]) => labels["stream"] === stream);
      const values = own.map(([time]) => [String(time), "-"]);
      return values.length === 0 ? [] : [{ stream: { stream }, values }];
    });
    const data = { resultType: "streams", result, stats: {} };
    return { status: 200, body: JSON.stringify({ status: "success", data }) };
  }
}

function isEntry([time, line, metadata = {}]: Entry): boolean {
  const isFlat = Object.values(metadata).every((value) => typeof value === "string");
  return typeof time === "string" && typeof line === "string" && isFlat;
}

function matches(labels: LokiStream["stream"], selector: string): boolean {
  const wanted = [...selector.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)];
  return wanted.every(
    ([, name = "", value = ""]) => (labels[name] ?? "") === (JSON.parse(value) as string),
  );
}

/** From `start`, or so long ago as `since` says, until now. */
function rangeOf(asked: URLSearchParams): [bigint, bigint] {
  const until = BigInt(Date.now()) * 1_000_000n;
  const start = asked.get("start");
  if (start !== null) return [BigInt(start), until];
  const [, amount = "1", unit = "h"] = /^(\d+)([mh])$/.exec(asked.get("since") ?? "1h") ?? [];
  return [until - BigInt(amount) * (unit === "h" ? HOUR : HOUR / 60n), until];
}
