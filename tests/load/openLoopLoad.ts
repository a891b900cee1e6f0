import { randomUUID } from "node:crypto";
import * as http from "node:http";

/** What to send, and how fast. */
export interface LoadOptions {
  /** `http://127.0.0.1:18080`: loopback only. */
  readonly baseUrl: string;
  /** Asked in turn by GET. */
  readonly getPaths: readonly string[];
  /** Asked in turn by POST with `{"id": …}`, which the answer must contain. Empty: GET alone. */
  readonly postPaths: readonly string[];
  readonly requestsPerSecond: number;
  /** Connections at the most. */
  readonly connections: number;
  /** False: a connection for each request. Default true. */
  readonly keepAlive?: boolean;
  /** Sends no more than this; default: until {@link OpenLoopLoad.stop}. */
  readonly limit?: number;
  /** Told of every answer that counts. */
  readonly onAnswer?: (answer: CountedAnswer) => void;
}

/** One request that got the answer it should have. */
export interface CountedAnswer {
  /** The request's `X-Request-Id`, which no other request has. */
  readonly id: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly at: number;
  readonly milliseconds: number;
  readonly set: string;
}

/** One request that did not get the answer it should have. */
export interface LostRequest {
  readonly at: number;
  readonly path: string;
  readonly reason: string;
}

export interface LoadResult {
  readonly sent: number;
  readonly answered: number;
  readonly lost: readonly LostRequest[];
  /** Answers per set, by the edge's `X-Maestro-Set`. */
  readonly bySet: Readonly<Record<string, number>>;
  /** Requests that began after {@link OpenLoopLoad.expectSet} and were answered by another set. */
  readonly wrongSet: number;
  /** Milliseconds; `p50`, `p99`, `max` over all answers. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Longest time without any answer, in milliseconds. */
  readonly longestGap: number;
}

const TICK_MILLISECONDS = 5;
const REQUEST_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Open-loop load: requests leave by the clock, whether or not earlier ones were answered, so a stall counts. Nothing is
 * ever retried: Node's client retries nothing by itself, unlike Go's or a browser's, which hide losses.
 */
export class OpenLoopLoad {
  private readonly agent: http.Agent;
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly pending = new Set<Promise<void>>();
  private readonly lost: LostRequest[] = [];
  private readonly latencies: number[] = [];
  private readonly bySet: Record<string, number> = {};
  private sent = 0;
  private wrongSet = 0;
  private expected: { set: string; since: number } | null = null;
  private lastAnswer = performance.now();
  private longestGap = 0;

  constructor(private readonly options: LoadOptions) {
    if (!/^https?:\/\/(127\.|localhost)/.test(options.baseUrl)) {
      throw new Error(`load goes to loopback alone, got ${options.baseUrl}`);
    }
    const { keepAlive = true, connections } = options;
    this.agent = new http.Agent({ keepAlive, maxSockets: connections });
    this.timer = setInterval(() => this.sendDue(), TICK_MILLISECONDS);
  }

  /** From now on every request must be answered by this set; null: by any. */
  expectSet(set: string | null): void {
    this.expected = set === null ? null : { set, since: performance.now() };
  }

  /** Requests lost so far. */
  get lostSoFar(): number {
    return this.lost.length;
  }

  get sentSoFar(): number {
    return this.sent;
  }

  /** Sends no more, waits for the answers under way, and adds up. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agent.destroy();
    const sorted = this.latencies.sort((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      sent: this.sent,
      answered: sorted.length,
      lost: this.lost,
      bySet: this.bySet,
      wrongSet: this.wrongSet,
      latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
      longestGap: this.longestGap,
    };
  }

  private sendDue(): void {
    const { requestsPerSecond, limit = Infinity } = this.options;
    const seconds = (performance.now() - this.began) / 1000;
    const due = Math.min(limit, Math.floor(seconds * requestsPerSecond));
    for (; this.sent < due; this.sent += 1) {
      const request = this.send(this.sent).finally(() => this.pending.delete(request));
      this.pending.add(request);
    }
  }

  private async send(index: number): Promise<void> {
    const { getPaths, postPaths } = this.options;
    const isPost = postPaths.length > 0 && index % 2 === 1;
    const paths = isPost ? postPaths : getPaths;
    const path = paths[Math.floor(index / 2) % paths.length] ?? "/";
    const id = randomUUID();
    const start = performance.now();
    try {
      const { status, set, body } = await this.exchange(path, id, isPost);
      if (status !== 200) throw new Error(`status ${status}`);
      if (isPost && !body.includes(id)) throw new Error("the answer is not to this request");
      this.count(start, set, id);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.lost.push({ at: start - this.began, path, reason: code ?? message });
    }
  }

  private count(start: number, set: string, id: string): void {
    const now = performance.now();
    this.latencies.push(now - start);
    this.longestGap = Math.max(this.longestGap, now - this.lastAnswer);
    this.lastAnswer = now;
    this.bySet[set] = (this.bySet[set] ?? 0) + 1;
    if (this.expected && start > this.expected.since && set !== this.expected.set) {
      this.wrongSet += 1;
    }
    const at = performance.timeOrigin + start;
    this.options.onAnswer?.({ id, at, milliseconds: now - start, set });
  }

  private exchange(
    path: string,
    id: string,
    isPost: boolean,
  ): Promise<{ status: number; set: string; body: string }> {
    return new Promise((resolve, reject) => {
      const content = isPost ? JSON.stringify({ id }) : null;
      const request = http.request(
        this.options.baseUrl + path,
        {
          agent: this.agent,
          method: isPost ? "POST" : "GET",
          timeout: REQUEST_TIMEOUT_MILLISECONDS,
          headers: {
            "x-request-id": id,
            ...(content && {
              "content-type": "application/json",
              "content-length": Buffer.byteLength(content),
            }),
          },
        },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (body += chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              set: String(response.headers["x-maestro-set"]),
              body,
            }),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", reject);
      request.end(content ?? undefined);
    });
  }
}
