import { LOGS } from "../../rules/observability/dashboards/logs";

/** A kept line, by field. */
export type KeptLine = Readonly<Record<string, string>>;

/** Who asks a stack's VictoriaLogs. */
export class LogReader {
  /** @param address of VictoriaLogs, as host and port. */
  constructor(private readonly address: string) {}

  /** The lines that a query of LogsQL finds, or what it counts. */
  async find(query: string): Promise<KeptLine[]> {
    const text = await this.ask("query", { query });
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as KeptLine);
  }

  /** How many series a query gives over the last hour, as a dashboard's graph asks it. */
  async series(query: string): Promise<number> {
    const text = await this.ask("stats_query_range", { query, start: "1h", step: "1m" });
    return (JSON.parse(text) as { data: { result: unknown[] } }).data.result.length;
  }

  /** Users' requests by the edge's lines, as `CountedUsers` counts them. */
  async requests(): Promise<Map<string, number>> {
    const users = 'service:="edge" probe:="false" port:="8080" set:*';
    const found = await this.find(`${users} | stats by ("line.service", set, status) count() n`);
    const counted = new Map<string, number>();
    for (const { "line.service": service, set, status = "", n } of found) {
      const key = `${service} ${set} ${status[0]}xx`;
      counted.set(key, (counted.get(key) ?? 0) + Number(n));
    }
    return counted;
  }

  private async ask(path: string, form: Record<string, string>): Promise<string> {
    const answer = await fetch(`http://${this.address}/select/logsql/${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`VictoriaLogs says ${answer.status}: ${text}`);
    return text;
  }
}

/** What the dashboard of logs asks for, with a choice for each of its variables. */
export function logQueries(
  chosen: Readonly<Record<"stack" | "service" | "release", string>>,
): { kind: string; expr: string }[] {
  const panels = LOGS.rows.flatMap((row) => row.panels).filter(({ source }) => source === "logs");
  return panels.flatMap(({ kind, queries }) =>
    queries.map(({ expr }) => ({
      kind,
      expr: Object.entries(chosen).reduce((text, [name, is]) => text.replace(`$${name}`, is), expr),
    })),
  );
}
