import type { TimedLine } from "../../host/timedLines";
import type { LineFields, LogLine } from "../../rules/logs/logLine";
import type { LogLabels } from "../../rules/observability/logRow";

/** How long a store may take for an answer, in milliseconds. */
export const PATIENCE_MILLISECONDS = 15_000;
/** A store that was killed has lost the last five seconds, though not always the newest line of them. */
export const OVERLAP_SECONDS = 10;
/** So many lines of that time are told at most, in bytes of the answer. */
export const MOST_BYTES = 64 * 1024 * 1024;

/** What the store has of a container. */
export interface KeptLines {
  /** Unix time with fractions from which on lines may be missing; null: all are. */
  readonly since: string | null;
  /** Of the lines from then on, those that it has; see {@link lineKey}. */
  readonly keys: ReadonlySet<string>;
}

/** What keeps a stack's lines, as its host reaches it. */
export interface LogStore {
  /** As messages call it. */
  readonly name: string;

  /**
   * A line as {@link add} takes it.
   *
   * @param said what the line says; null: it is no JSON.
   */
  row(
    line: Pick<LogLine, "at" | "stream" | "text">,
    labels: LogLabels,
    said: LineFields | null,
  ): string;

  /** Keeps lines. @throws Error when it does not: then it has to be asked for what it has. */
  add(rows: readonly string[]): Promise<void>;

  /** @throws Error when it is away. */
  ping(): Promise<void>;

  /** Makes what was kept a moment ago findable. @throws Error when it is away. */
  settle(): Promise<void>;

  /** What it has of the container that has these labels. */
  kept(labels: Readonly<Record<string, string>>): Promise<KeptLines>;
}

/** What tells a container's line from its others. */
export function lineKey({ stream, at }: Pick<TimedLine, "stream" | "at">): string {
  return `${stream} ${at}`;
}
