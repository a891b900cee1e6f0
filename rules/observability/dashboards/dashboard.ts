/** Where a panel's data comes from: a server that Grafana asks. */
export type Source = "prometheus" | LogSource | "traces";

/** What keeps the lines, each with a language of its own: VictoriaLogs, or Loki. */
export type LogSource = "logs" | "loki";

/** One question of a panel. */
export interface Query {
  /** PromQL; of logs LogsQL or LogQL, of traces tags. `$stack` and the dashboard's other variables stand for what is chosen. */
  readonly expr: string;
  /** What a line is called, by labels in `{{ }}`. */
  readonly legend?: string;
  /** When there is something to see; left out: always, once the stack has served requests for a minute. */
  readonly only?: string;
}

/** A picture of a dashboard. */
export interface Panel {
  readonly title: string;
  /** What it shows and how to read it, for who has never seen it. */
  readonly says: string;
  readonly kind: "graph" | "stat" | "logs" | "traces";
  /** As Grafana names units. */
  readonly unit?: "reqps" | "percentunit" | "s" | "bytes" | "short";
  /** Of 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  /** @default prometheus */
  readonly source?: Source;
  readonly queries: readonly Query[];
}

/** A choice at the top of a dashboard. */
export interface Variable {
  readonly name: "service" | "release";
  /** Whose label it is. */
  readonly metric: string;
  /** How many are chosen at once: what asks for traces takes one of each. */
  readonly takes: "any" | "one";
}

/** A dashboard, before it is anybody's format. */
export interface Dashboard {
  /** Part of its address and of its file's name; stays the same in all versions. */
  readonly uid: string;
  readonly title: string;
  readonly says: string;
  /** Besides `stack`, which every dashboard has. */
  readonly variables: readonly Variable[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** Of the stack that is chosen. */
export const OF_STACK = 'stack="$stack"';
/** Of the services that are chosen, or all. */
export const OF_SERVICES = 'stack="$stack",service=~"$service"';

/** PromQL for the sum of a series by labels. */
export function sumBy(labels: string, series: string): string {
  return `sum by (${labels}) (${series})`;
}
