import { levelIn, type LineFields, type LogLine } from "../logs/logLine";
import { unixTime } from "../logs/unixTime";
import { LOG_LABELS, shorten, traceOf, type LogLabels } from "./logRow";

/**
 * A line as {@link lokiPush} takes it: its labels, a line break, and its time, text and metadata, both in JSON, where no
 * line break is in between. Each set of labels is a stream of its own in Loki, so labels are only what has few values;
 * the trace's id is metadata of the line, and the line's own fields are read out of it when it is asked for.
 *
 * @param said what the line says; null: it is no JSON.
 */
export function lokiRow(
  { at, stream, text }: Pick<LogLine, "at" | "stream" | "text">,
  labels: LogLabels,
  said: LineFields | null,
): string {
  const level = said && levelIn(said);
  const trace = said && traceOf(said);
  const own: Record<string, string> = {};
  // A label without a value is none.
  for (const name of LOG_LABELS) if (labels[name] !== "") own[name] = labels[name];
  if (level) own["level"] = level;
  const value = [nanoseconds(at), shorten(text), ...(trace ? [{ trace_id: trace }] : [])];
  return `${JSON.stringify({ ...own, stream })}\n${JSON.stringify(value)}`;
}

/** Body of a push to Loki: rows by stream, each stream's in their order. */
export function lokiPush(rows: readonly string[]): string {
  const streams = new Map<string, string[]>();
  for (const row of rows) {
    const end = row.indexOf("\n");
    const [labels, value] = [row.slice(0, end), row.slice(end + 1)];
    const values = streams.get(labels);
    if (values) values.push(value);
    else streams.set(labels, [value]);
  }
  const parts = [...streams].map(
    ([labels, values]) => `{"stream":${labels},"values":[${values.join(",")}]}`,
  );
  return `{"streams":[${parts.join(",")}]}`;
}

/** Unix time in nanoseconds, from RFC 3339 in UTC with up to nine digits of a second. */
export function nanoseconds(at: string): string {
  return unixTime(at).replace(".", "");
}

/** RFC 3339 in UTC with nine digits of a second, as the Engine tells the time of a line. */
export function timeOf(nanosecondsSince1970: string): string {
  const whole = nanosecondsSince1970.slice(0, -9);
  const second = new Date(Number(whole) * 1000)
    .toISOString()
    .slice(0, "2026-09-01T12:00:00".length);
  return `${second}.${nanosecondsSince1970.slice(-9)}Z`;
}
