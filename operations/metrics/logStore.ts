import type { TimedLine } from "../../host/timedLines";
import type { Asker } from "../../rules/host/asking";
import { READY_PATHS } from "../../rules/observability/layout";
import { LOG_LABELS } from "../../rules/observability/logRow";

/** How long VictoriaLogs may take for an answer, in milliseconds. */
const PATIENCE_MILLISECONDS = 15_000;
/** What is looked for first: to look through all that is kept takes its time. */
const RECENTLY = "_time:10m ";
/** A store that was killed has lost the last five seconds, though not always the newest line of them. */
const OVERLAP_SECONDS = 10;
/** So many lines of that time are told at most, in bytes of the answer. */
const MOST_BYTES = 64 * 1024 * 1024;
const INSERT = `/insert/jsonline?_stream_fields=${LOG_LABELS.join(",")}`;

/** What the store has of a container. */
export interface KeptLines {
  /** Unix time with fractions from which on lines may be missing; null: all are. */
  readonly since: string | null;
  /** Of the lines from then on, those that it has; see {@link lineKey}. */
  readonly keys: ReadonlySet<string>;
}

/** What tells a container's line from its others. */
export function lineKey({ stream, at }: Pick<TimedLine, "stream" | "at">): string {
  return `${stream} ${at}`;
}

/** A stack's VictoriaLogs, as its host reaches it. */
export class LogStore {
  constructor(
    private readonly host: Asker,
    private readonly url: string,
  ) {}

  /** Keeps lines, as `logRow` makes them. @throws Error when it does not. */
  async add(rows: readonly string[]): Promise<void> {
    await this.ask(INSERT, { "content-type": "application/stream+json" }, rows.join("\n"));
  }

  /** @throws Error when it is away. */
  async ping(): Promise<void> {
    await this.ask(READY_PATHS.victorialogs);
  }

  /** Makes what was kept a moment ago findable. */
  async settle(): Promise<void> {
    await this.ask("/internal/force_flush");
  }

  /** What it has of the container that has these labels. */
  async kept(labels: Readonly<Record<string, string>>): Promise<KeptLines> {
    const selected = Object.entries(labels).map(([name, value]) => `${name}=${quote(value)}`);
    const lines = `{${selected.join(",")}}`;
    const newest = (await this.newest(RECENTLY + lines)) ?? (await this.newest(lines));
    if (newest === null) return { since: null, keys: new Set() };
    const since = Math.floor(Date.parse(newest) / 1000) - OVERLAP_SECONDS;
    const begin = new Date(since * 1000).toISOString();
    const found = await this.query(`_time:>=${begin} ${lines} | fields stream, _time`);
    const keys = found.map(({ stream = "", _time = "" }) => `${stream} ${withNanoseconds(_time)}`);
    return { since: String(since), keys: new Set(keys) };
  }

  private async newest(lines: string): Promise<string | null> {
    const [found] = await this.query(`${lines} | stats max(_time) at`);
    return found?.["at"] || null;
  }

  /** What a query of LogsQL finds. */
  private async query(query: string): Promise<Readonly<Record<string, string>>[]> {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ query }).toString();
    const answer = await this.ask("/select/logsql/query", form, body);
    const lines = answer.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Record<string, string>);
  }

  private async ask(path: string, headers = {}, body?: string): Promise<string> {
    const { status, body: said } = await this.host.ask(`${this.url}${path}`, {
      ...{ headers, timeoutMilliseconds: PATIENCE_MILLISECONDS, maxBodyBytes: MOST_BYTES },
      ...(body === undefined ? {} : { method: "POST", body }),
    });
    if (status === 200) return said;
    throw new Error(`VictoriaLogs answers ${status} at ${path.split("?")[0]}`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** VictoriaLogs leaves out zeros at the end. */
function withNanoseconds(at: string): string {
  const [whole = "", digits = ""] = at.replace("Z", "").split(".");
  return `${whole}.${digits.padEnd(9, "0")}Z`;
}
