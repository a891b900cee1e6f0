import type { Color } from "../../release/release";
import type { TrafficRates } from "./trafficWindow";

/** What the edge's row is called: no service may have that name. */
export const EDGE = "edge";

/** What a service uses, all its replicas together, and what users got of it. */
export interface TopRow extends Omit<TrafficRates, "requestsPerSecond"> {
  /** Null: the edge, which has the requests of all, or a stateful service. */
  readonly set: Color | null;
  readonly service: string;
  /** Containers that run. */
  readonly replicas: number;
  /** Processors in use: 1 is one of them; null: not known yet. */
  readonly cpus: number | null;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Null: no user's request goes to it, as to a stateful service. */
  readonly requestsPerSecond: number | null;
}

/** One look at a stack. */
export interface TopLook {
  readonly stack: string;
  /** ISO 8601, UTC, by the host's clock. */
  readonly at: string;
  /** The set that users get; null: none. */
  readonly active: Color | null;
  /** Requests are those of so many seconds before. */
  readonly windowSeconds: number;
  readonly rows: readonly TopRow[];
  /** Why requests cannot be told; null: they can. */
  readonly missing: string | null;
}

/** How a text is shown on a terminal. */
export interface TopStyle {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly bad: (text: string) => string;
}

const MEGABYTE = 1024 * 1024;
const HEADS = ["SET", "SERVICE", "CPU", "MEMORY", "REQ/S", "ERRORS", "P95"];
/** Columns with words; the others are numbers, whose ends stand below each other. */
const WORDS = 2;
const GAP = "  ";

/** A look as lines: the sets' services, the one that users get first, then stateful services and the edge. */
export function showTop(look: TopLook, { strong, faint, bad }: TopStyle): string[] {
  const rows = [...look.rows].sort(byPlace(look.active));
  const cells = rows.map((row) => cellsOf(row, look.active));
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...cells.map((line) => line[column]!.length)),
  );
  const lineOf = (line: readonly string[]) =>
    line.map((cell, column) =>
      column < WORDS ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
  return [
    `${strong(look.stack)}  ${look.at}  requests of the last ${look.windowSeconds} s`,
    ...(look.missing === null ? [] : [bad(`requests are not known: ${look.missing}`)]),
    faint(lineOf(HEADS).join(GAP)),
    ...rows.map((row, index) => {
      const line = lineOf(cells[index]!);
      if ((row.errors ?? 0) > 0)
        line[HEADS.indexOf("ERRORS")] = bad(line[HEADS.indexOf("ERRORS")]!);
      const text = line.join(GAP);
      return row.set !== null && row.set !== look.active ? faint(text) : text;
    }),
  ];
}

function byPlace(active: Color | null): (a: TopRow, b: TopRow) => number {
  const placeOf = ({ set, service }: TopRow) => {
    if (set === null) return service === EDGE ? 3 : 2;
    return set === active ? 0 : 1;
  };
  return (a, b) => placeOf(a) - placeOf(b) || (a.service < b.service ? -1 : 1);
}

function cellsOf(row: TopRow, active: Color | null): string[] {
  const { set, service, replicas, cpus, memoryBytes, memoryLimitBytes } = row;
  const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(0);
  const limit = Number.isFinite(memoryLimitBytes) ? ` / ${megabytes(memoryLimitBytes)}` : "";
  return [
    set === null ? "" : set === active ? `${set} *` : set,
    replicas === 1 ? service : `${service} (${replicas})`,
    cpus === null ? "-" : `${(100 * cpus).toFixed(1)} %`,
    `${megabytes(memoryBytes)}${limit} MB`,
    ...trafficCells(row),
  ];
}

function trafficCells({ requestsPerSecond, errors, p95Seconds }: TopRow): string[] {
  return [
    requestsPerSecond === null ? "-" : requestsPerSecond.toFixed(1),
    errors === null ? "-" : `${(100 * errors).toFixed(1)} %`,
    p95Seconds === null ? "-" : `${(1000 * p95Seconds).toFixed(0)} ms`,
  ];
}
