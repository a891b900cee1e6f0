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
  /** Keep-alive connections at the most. */
  readonly connections: number;
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
    this.agent = new http.Agent({ keepAlive: true, maxSockets: options.connections });
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
    const due = Math.floor(
      ((performance.now() - this.began) / 1000) * this.options.requestsPerSecond,
    );
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
    const id = isPost ? randomUUID() : null;
    const start = performance.now();
    try {
      const { status, set, body } = await this.exchange(path, id);
      if (status !== 200) throw new Error(`status ${status}`);
      if (id && !body.includes(id)) throw new Error("the answer is not to this request");
      this.count(start, set);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.lost.push({ at: start - this.began, path, reason: code ?? message });
    }
  }

  private count(start: number, set: string): void {
    const now = performance.now();
    this.latencies.push(now - start);
    this.longestGap = Math.max(this.longestGap, now - this.lastAnswer);
    this.lastAnswer = now;
    this.bySet[set] = (this.bySet[set] ?? 0) + 1;
    if (this.expected && start > this.expected.since && set !== this.expected.set) {
      this.wrongSet += 1;
    }
  }

  private exchange(
    path: string,
    id: string | null,
  ): Promise<{ status: number; set: string; body: string }> {
    return new Promise((resolve, reject) => {
      const content = id && JSON.stringify({ id });
      const request = http.request(
        this.options.baseUrl + path,
        {
          agent: this.agent,
          method: id ? "POST" : "GET",
          timeout: REQUEST_TIMEOUT_MILLISECONDS,
          headers: content
            ? { "content-type": "application/json", "content-length": Buffer.byteLength(content) }
            : {},
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
