import { levelIn, parseFields, type LineFields, type LogLine } from "../logs/logLine";

/** Whose line it is: what logs are found by, and no more than the two sets hold. */
export interface LogLabels {
  readonly stack: string;
  readonly service: string;
  /** Empty: of neither set, as what nginx itself says. */
  readonly set: string;
  readonly release: string;
  readonly replica: string;
}

/** Labels by which stores group lines: `_stream_fields` of VictoriaLogs, labels of Loki. */
export const LOG_LABELS = ["stack", "service", "set", "release", "replica"] as const;

const TAKEN = new RegExp(`^(?:(?:${LOG_LABELS.join("|")})(?:\\.|$)|stream$|_)`);

/** Where loggers put the message: Python's, structlog, pino, zap, slog, logback, OpenTelemetry. */
const MESSAGE_FIELDS = ["message", "msg", "event", "body"];
/** Where they put a trace's id: OpenTelemetry's conventions and instrumentations, ECS, the edge. */
const TRACE_FIELDS = ["trace_id", "traceId", "traceID", "otelTraceID", "trace.id", "trace"];
const TRACE_ID = /^[0-9a-f]{32}$/i;
/** Of a line this much is kept, in characters: VictoriaLogs and Loki refuse lines above 256 KiB. */
const MOST_TEXT = 60_000;
/** A line with more fields is kept as the text that it is: each name is a column of the store. */
const MOST_FIELDS = 100;

/**
 * A line as VictoriaLogs takes it: JSON that a service writes is kept by field, its trace's id as `trace_id` and its level as
 * `level`, whatever its logger calls them. Whose line it is, is what maestro knows, not what the line says: a field of such a
 * name is kept as `line.<name>`.
 *
 * @param fields what the line says; null: it is no JSON. @default - it is parsed
 */
export function logRow(
  { at, stream, text }: Pick<LogLine, "at" | "stream" | "text">,
  labels: LogLabels,
  fields: LineFields | null = parseFields(text),
): string {
  const said = fields === null || isTooMuch(text, fields) ? null : fields;
  const row = said === null ? {} : renamed(said);
  const level = said === null ? null : levelIn(said);
  const trace = said === null ? null : traceOf(said);
  return JSON.stringify({
    ...Object.assign(row, labels),
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
 * @param said null: it is no JSON.
 * @param releases set -> the release that it holds.
 */
export function edgeLabels(
  said: LineFields | null,
  stack: string,
  releases: ReadonlyMap<string, string>,
): LogLabels {
  const set = said?.["set"];
  const release = typeof set === "string" ? releases.get(set) : undefined;
  const known = release === undefined ? { set: "", release: "" } : { set: set as string, release };
  return { stack, service: "edge", ...known, replica: "0" };
}

/** Such a line is kept as text. */
function isTooMuch(text: string, said: LineFields): boolean {
  return text.length > MOST_TEXT || countFields(said) > MOST_FIELDS;
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

/** The store's own names and the labels are not the line's to say. Each line of each container comes by: no lists in between. */
function renamed(said: LineFields): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const name of Object.keys(said)) row[TAKEN.test(name) ? `line.${name}` : name] = said[name];
  return row;
}

function messageOf(said: LineFields): string | null {
  const found = MESSAGE_FIELDS.map((field) => said[field]).find(
    (value) => typeof value === "string" && value !== "",
  );
  return (found as string | undefined) ?? null;
}

/** Id of the trace that a line is of; null: it names none. */
export function traceOf(said: LineFields): string | null {
  const found = TRACE_FIELDS.map((field) => said[field]).find(
    (value) => typeof value === "string" && TRACE_ID.test(value),
  );
  return (found as string | undefined)?.toLowerCase() ?? null;
}

/** A line's text, cut where no store would take it. */
export function shorten(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  return `${text.slice(0, MOST_TEXT)} … (${text.length - MOST_TEXT} more characters)`;
}
