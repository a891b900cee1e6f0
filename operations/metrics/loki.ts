import type { Asker } from "../../rules/host/asking";
import { READY_PATHS } from "../../rules/observability/layout";
import { lokiPush, lokiRow, nanoseconds, timeOf } from "../../rules/observability/lokiRow";
import {
  MOST_BYTES,
  OVERLAP_SECONDS,
  PATIENCE_MILLISECONDS,
  type KeptLines,
  type LogStore,
} from "./logStore";

const PUSH = "/loki/api/v1/push";
const QUERY = "/loki/api/v1/query_range";
/** What is looked for first: to look through all that is kept takes its time. */
const RECENTLY = "10m";
/** So many lines Loki tells in one answer, unless it is configured otherwise. */
const PAGE_LINES = 5_000;
/** Of a line only its time and its stream are asked for, and something stands for its text. */
const BARE = '| keep stream | line_format "-"';
/**
 * What Loki says of single lines of a push that it will never take (its guide "Troubleshoot log ingestion"). It keeps the
 * others, and refuses those again however often they come.
 */
const REFUSALS: Readonly<Record<string, string>> = {
  "timestamp too old": "older than it takes them",
  "too far behind": "more than an hour older than others of their container",
  "timestamp too new": "of a time that is still to come",
};

/** What Loki answers to a query of lines. */
interface Found {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      /** Unix time in nanoseconds, and text. */
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

interface FoundLine {
  readonly stream: string;
  /** Unix time in nanoseconds. */
  readonly time: bigint;
}

/** A stack's Loki, as the reference of its HTTP API describes it: it was never run here. */
export class Loki implements LogStore {
  public readonly name = "Loki";
  public readonly row = lokiRow;

  /**
   * @param at where it is, and how long it keeps lines.
   * @param warn is told which lines it refuses.
   */
  constructor(
    private readonly host: Asker,
    private readonly at: { readonly url: string; readonly retentionDays: number },
    private readonly warn: (text: string) => void,
  ) {}

  async add(rows: readonly string[]): Promise<void> {
    const { status, body } = await this.ask(PUSH, lokiPush(rows));
    if (status === 204) return;
    const why = Object.entries(REFUSALS).find(([said]) => status === 400 && body.includes(said));
    if (why === undefined) throw this.refusal(status, PUSH);
    this.warn(`${this.name} does not keep some lines: they are ${why[1]}`);
  }

  async ping(): Promise<void> {
    const { status } = await this.ask(READY_PATHS.lokilogs);
    if (status !== 200) throw this.refusal(status, READY_PATHS.lokilogs);
  }

  /** What it has taken is found at once, also in its memory, so it only has to be there. */
  settle(): Promise<void> {
    return this.ping();
  }

  async kept(labels: Readonly<Record<string, string>>): Promise<KeptLines> {
    const selected = Object.entries(labels).map(
      ([name, value]) => `${name}=${JSON.stringify(value)}`,
    );
    const lines = `{${selected.join(",")}} ${BARE}`;
    const all = `${this.at.retentionDays * 24}h`;
    const newest = (await this.newest(lines, RECENTLY)) ?? (await this.newest(lines, all));
    if (newest === null) return { since: null, keys: new Set() };
    const since = Number(newest / 1_000_000_000n) - OVERLAP_SECONDS;
    return { since: String(since), keys: await this.keysFrom(lines, since) };
  }

  private async newest(lines: string, since: string): Promise<bigint | null> {
    const found = await this.query(lines, { since, direction: "backward", limit: "1" });
    return newestOf(found);
  }

  /** Of all lines from a second on, however many: page by page. */
  private async keysFrom(lines: string, second: number): Promise<Set<string>> {
    const keys = new Set<string>();
    let start = BigInt(nanoseconds(new Date(second * 1000).toISOString()));
    for (;;) {
      const page = { start: String(start), direction: "forward", limit: String(PAGE_LINES) };
      const found = await this.query(lines, page);
      for (const { stream, time } of found) keys.add(`${stream} ${timeOf(String(time))}`);
      const last = newestOf(found);
      if (last === null || found.length < PAGE_LINES) return keys;
      // A page may end among lines of one moment: those come again.
      start = last > start ? last : last + 1n;
    }
  }

  private async query(
    query: string,
    part: Readonly<Record<string, string>>,
  ): Promise<readonly FoundLine[]> {
    const asked = new URLSearchParams({ query, ...part }).toString();
    const { status, body } = await this.ask(`${QUERY}?${asked}`);
    if (status !== 200) throw this.refusal(status, QUERY);
    const { data } = JSON.parse(body) as Found;
    return data.result.flatMap(({ stream: { stream = "" }, values }) =>
      values.map(([time]) => ({ stream, time: BigInt(time) })),
    );
  }

  private ask(path: string, body?: string) {
    const post = { method: "POST", headers: { "content-type": "application/json" } };
    return this.host.ask(`${this.at.url}${path}`, {
      ...{ timeoutMilliseconds: PATIENCE_MILLISECONDS, maxBodyBytes: MOST_BYTES },
      ...(body === undefined ? {} : { ...post, body }),
    });
  }

  private refusal(status: number, path: string): Error {
    return new Error(`${this.name} answers ${status} at ${path}`);
  }
}

function newestOf(found: readonly FoundLine[]): bigint | null {
  return found.reduce<bigint | null>(
    (newest, { time }) => (newest === null || time > newest ? time : newest),
    null,
  );
}
