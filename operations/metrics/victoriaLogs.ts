import type { Asker } from "../../rules/host/asking";
import { READY_PATHS } from "../../rules/observability/layout";
import { LOG_LABELS, logRow } from "../../rules/observability/logRow";
import {
  MOST_BYTES,
  OVERLAP_SECONDS,
  PATIENCE_MILLISECONDS,
  type KeptLines,
  type LogStore,
} from "./logStore";

/** What is looked for first: to look through all that is kept takes its time. */
const RECENTLY = "_time:10m ";
const INSERT = `/insert/jsonline?_stream_fields=${LOG_LABELS.join(",")}`;

/** A stack's VictoriaLogs. */
export class VictoriaLogs implements LogStore {
  public readonly name = "VictoriaLogs";
  public readonly row = logRow;

  constructor(
    private readonly host: Asker,
    private readonly url: string,
  ) {}

  async add(rows: readonly string[]): Promise<void> {
    await this.ask(INSERT, { "content-type": "application/stream+json" }, rows.join("\n"));
  }

  async ping(): Promise<void> {
    await this.ask(READY_PATHS.victorialogs);
  }

  async settle(): Promise<void> {
    await this.ask("/internal/force_flush");
  }

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
    throw new Error(`${this.name} answers ${status} at ${path.split("?")[0]}`);
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
