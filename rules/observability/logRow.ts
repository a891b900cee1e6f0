import { levelOf, type LogLine } from "../logs/logLine";

/** Whose line it is: what logs are found by, and no more than the two sets hold. */
export interface LogLabels {
  readonly stack: string;
  readonly service: string;
  /** Empty: of neither set, as what nginx itself says. */
  readonly set: string;
  readonly release: string;
  readonly replica: string;
}

/** Labels by which VictoriaLogs groups lines (`_stream_fields`). */
export const LOG_LABELS = ["stack", "service", "set", "release", "replica"] as const;

/** Where loggers put the message: Python's, structlog, pino, zap, slog, logback, OpenTelemetry. */
const MESSAGE_FIELDS = ["message", "msg", "event", "body"];
/** Where they put a trace's id: OpenTelemetry's conventions and instrumentations, ECS, the edge. */
const TRACE_FIELDS = ["trace_id", "traceId", "traceID", "otelTraceID", "trace.id", "trace"];
const TRACE_ID = /^[0-9a-f]{32}$/i;
/** Of a line this much is kept, in characters: VictoriaLogs refuses lines above 256 KiB. */
const MOST_TEXT = 60_000;
/** A line with more fields is kept as the text that it is: each name is a column of the store. */
const MOST_FIELDS = 100;

/**
 * A line as VictoriaLogs takes it: JSON that a service writes is kept by field, its trace's id as `trace_id` and its level as
 * `level`, whatever its logger calls them. Whose line it is, is what maestro knows, not what the line says: a field of such a
 * name is kept as `line.<name>`.
 */
export function logRow({ at, stream, text }: LogLine, labels: LogLabels): string {
  const said = fieldsOf(text);
  const level = said === null ? null : levelOf(text);
  const trace = said === null ? null : traceOf(said);
  return JSON.stringify({
    ...(said === null ? {} : renamed(said)),
    ...labels,
    stream,
    ...(level === null ? {} : { level }),
    ...(trace === null ? {} : { trace_id: trace }),
    _time: at,
    _msg: (said === null ? null : messageOf(said)) ?? shorten(text),
  });
}

/**
 * Labels of a line of the edge's: of the set and the release that it says have answered.
 *
 * @param releases set -> the release that it holds.
 */
export function edgeLabels(
  text: string,
  stack: string,
  releases: ReadonlyMap<string, string>,
): LogLabels {
  const set = fieldsOf(text)?.["set"];
  const release = typeof set === "string" ? releases.get(set) : undefined;
  const known = release === undefined ? { set: "", release: "" } : { set: set as string, release };
  return { stack, service: "edge", ...known, replica: "0" };
}

/** Null: the line is no JSON object, or none that can be kept by field. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.startsWith("{") || text.length > MOST_TEXT) return null;
  try {
    const said = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return countFields(said) > MOST_FIELDS ? null : said;
  } catch {
    return null;
  }
}

/** Of nested objects too, which the store flattens. */
function countFields(said: unknown): number {
  if (said === null || typeof said !== "object" || Array.isArray(said)) return 1;
  let count = 0;
  for (const value of Object.values(said)) {
    count += countFields(value);
    if (count > MOST_FIELDS) break;
  }
  return count;
}

/** The store's own names and the labels are not the line's to say. */
function renamed(said: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(said).map(([name, value]) =>
      isTaken(name) ? [`line.${name}`, value] : [name, value],
    ),
  );
}

function isTaken(name: string): boolean {
  return (
    LOG_LABELS.some((label) => label === name || name.startsWith(`${label}.`)) ||
    name === "stream" ||
    name.startsWith("_")
  );
}

function messageOf(said: Readonly<Record<string, unknown>>): string | null {
  const found = MESSAGE_FIELDS.map((field) => said[field]).find(
    (value) => typeof value === "string" && value !== "",
  );
  return (found as string | undefined) ?? null;
}

function traceOf(said: Readonly<Record<string, unknown>>): string | null {
  const found = TRACE_FIELDS.map((field) => said[field]).find(
    (value) => typeof value === "string" && TRACE_ID.test(value),
  );
  return (found as string | undefined)?.toLowerCase() ?? null;
}

function shorten(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  return `${text.slice(0, MOST_TEXT)} … (${text.length - MOST_TEXT} more characters)`;
}
