import type { Color } from "../../release/release";

/** A line of a stack's log. */
export interface LogLine {
  /** RFC 3339 in UTC with nine digits of a second. */
  readonly at: string;
  /** Null: of what both sets use, as the edge. */
  readonly set: Color | null;
  readonly service: string;
  readonly replica: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How bad a line is, from the least on. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "critical"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Which lines are shown. */
export interface LogFilter {
  /** Left out: all. */
  readonly grep?: RegExp;
  /** So bad at least; lines that do not say how bad they are are left out then. */
  readonly level?: LogLevel;
}

/** Fields by which loggers say it: Python's logging and structlog, pino, bunyan, zap, slog, logback, ECS. */
const LEVEL_FIELDS = ["level", "severity", "levelname", "lvl", "log.level", "@level"];
/** Other words for the same. */
const OTHER_WORDS: Readonly<Record<string, LogLevel>> = {
  notice: "info",
  information: "info",
  warn: "warning",
  err: "error",
  crit: "critical",
  fatal: "critical",
  panic: "critical",
  dpanic: "critical",
  alert: "critical",
  emergency: "critical",
  emerg: "critical",
};

/** What a line of JSON says, by field. */
export type LineFields = Readonly<Record<string, unknown>>;

/** Null: the line is no JSON object. */
export function parseFields(text: string): LineFields | null {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text) as LineFields;
  } catch {
    return null;
  }
}

/** The level that a line of JSON says; null: it is none, or says none. */
export function levelOf(text: string): LogLevel | null {
  const fields = parseFields(text);
  return fields && levelIn(fields);
}

/** The level that these say; null: none. */
export function levelIn(fields: LineFields): LogLevel | null {
  const said = LEVEL_FIELDS.map((field) => fields[field]).find((value) => value !== undefined);
  if (typeof said === "number") return levelOfNumber(said);
  const word = typeof said === "string" ? said.toLowerCase() : "";
  return LOG_LEVELS.find((level) => level === word) ?? OTHER_WORDS[word] ?? null;
}

/** As pino and bunyan count: 10 is trace, 60 is fatal. */
function levelOfNumber(number: number): LogLevel {
  const index = Math.floor(number / 10) - 1;
  return LOG_LEVELS[Math.min(Math.max(index, 0), LOG_LEVELS.length - 1)]!;
}

/** Whether a line is to be shown. */
export function isShown(text: string, { grep, level }: LogFilter): boolean {
  if (grep && !grep.test(text)) return false;
  if (level === undefined) return true;
  const own = levelOf(text);
  return own !== null && LOG_LEVELS.indexOf(own) >= LOG_LEVELS.indexOf(level);
}

/** Lines by when they were written; those of the same moment stay as they are. */
export function byTime(lines: readonly LogLine[]): LogLine[] {
  return [...lines].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}
