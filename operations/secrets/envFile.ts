import { decode } from "../../secretStore/readText";

/** What a `.env` file says. */
export interface EnvFile {
  /** Names and values; empty values are left out. */
  readonly values: Readonly<Record<string, string>>;
  /** What was read one way, though other programs read it another: a line each, without values. */
  readonly notes: readonly string[];
}

/** One thing that is wrong: the name where it is known, never a value. */
interface Problem {
  readonly line: number;
  readonly name: string | null;
  readonly message: string;
}

/** `NAME=` with what Compose allows around it. */
const ASSIGNMENT = /^(?:export[ \t]+)?(?!export[ \t]*=)([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
/** JavaScript takes a byte order mark for white space; Compose does not. */
const LEADING_SPACE = /^[^\S\uFEFF]+/;
const IN_SINGLE = "put it in single quotes";
/** Escapes in double quotes that every reader knows. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "\\": "\\",
};

/**
 * Reads a `.env` file as Compose does. What Compose itself would change (a `$`), and what other programs read as something
 * else, is refused by its name: a secret that was stored as another value is found out in production.
 *
 * @param isWanted whether a name's value is needed; problems of others do not matter.
 * @throws Error with everything that is wrong, a line each, without values.
 */
export function parseEnvFile(
  file: string,
  bytes: Uint8Array,
  isWanted: (name: string) => boolean,
): EnvFile {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const values = new Map<string, string>();
  const lines = readLines(bytes, problems);
  for (let index = 0; index < lines.length; index += 1) {
    const line = (lines[index] ?? "").replace(LEADING_SPACE, "");
    if (line === "" || line.startsWith("#")) continue;
    const at = index + 1;
    const found = ASSIGNMENT.exec(line);
    const name = found?.[1] ?? null;
    if (!found || name === null) {
      problems.push({ line: at, name, message: "is neither NAME=value nor a comment" });
      continue;
    }
    const rest = line.slice(found[0].length);
    const quote = /^["']/.exec(rest)?.[0];
    const read = quote ? readQuoted(quote, rest, lines, index) : readPlain(rest);
    index = read.last ?? index;
    if (read.problem) problems.push({ line: at, name, message: read.problem });
    const before = values.get(name);
    if (before !== undefined && before !== read.value) {
      problems.push({ line: at, name, message: "is there twice, with two values; keep one" });
    }
    if (read.note && isWanted(name)) notes.push(`${name}: ${read.note}`);
    values.set(name, read.value);
  }
  const wrong = problems.filter(({ name }) => name === null || isWanted(name));
  if (wrong.length > 0) throw new Error(wrong.map((each) => describe(file, each)).join("\n"));
  const given = [...values].filter(([, value]) => value !== "");
  return { values: Object.fromEntries(given), notes };
}

function describe(file: string, { line, name, message }: Problem): string {
  return `${file}, line ${line}: ${name === null ? "" : `${name} `}${message} (value hidden)`;
}

/** The file's lines; one that is no text is empty, and a problem. */
function readLines(bytes: Uint8Array, problems: Problem[]): string[] {
  const lines: string[] = [];
  const buffer = Buffer.from(bytes);
  for (let start = 0; start <= buffer.length;) {
    const found = buffer.indexOf(0x0a, start);
    const end = found < 0 ? buffer.length : found;
    const piece = buffer.subarray(start, end);
    const text = piece.includes(0) ? null : decode(piece);
    if (text === null) {
      const [, name = null] = ASSIGNMENT.exec(piece.toString("latin1").trimStart()) ?? [];
      const message = "is not UTF-8 text; save the file as UTF-8";
      problems.push({ line: lines.length + 1, name, message });
    }
    const plain = text ?? "";
    lines.push(lines.length === 0 ? plain.replace(/^\uFEFF/, "") : plain);
    start = end + 1;
  }
  return lines;
}

interface Reading {
  readonly value: string;
  readonly problem?: string;
  readonly note?: string;
  /** Index of the last line that belongs to the value. */
  readonly last?: number;
}

/** A value without quotes: to the end of the line, or to a blank and a `#`. */
function readPlain(rest: string): Reading {
  const value = (rest.split(" #")[0] ?? "").trimEnd();
  const refuse = (problem: string): Reading => ({ value, problem: `${problem}; ${IN_SINGLE}` });
  if (value.includes("$")) return refuse("has a $, where Compose puts in a variable");
  if (value.startsWith("#")) return refuse("begins with #, which may be a comment");
  if (value.startsWith("`")) return refuse("begins with `, which may be a quote");
  if (/[^\S ]/.test(value)) return refuse("has white space that is not a blank");
  if (/[^\S \t\r]/.test(rest)) return refuse("has white space that is not a blank at an end");
  if (!value.includes("#")) return { value };
  return {
    value,
    note: "has a # that some programs take for a comment; taken whole, as Compose does",
  };
}

/** A value in quotes, which may have several lines. */
function readQuoted(quote: string, rest: string, lines: readonly string[], index: number): Reading {
  const text = [rest.slice(1), ...lines.slice(index + 1)].join("\n");
  const end = quote === "'" ? text.indexOf("'") : endOfDouble(text);
  if (end < 0) {
    return { value: "", problem: `has no ${quote} at its end; add it`, last: lines.length };
  }
  const inner = text.slice(0, end);
  const last = index + inner.split("\n").length - 1;
  const behind = text.slice(end + 1).split("\n")[0] ?? "";
  const refuse = (problem: string): Reading => ({ value: inner, problem, last });
  if (!/^[^\S\uFEFF]*(?:#|$)/.test(behind))
    return refuse(`has something behind its closing ${quote}`);
  if (inner.includes("\r")) {
    return refuse("has lines that end in CR LF; save the file with LF alone");
  }
  if (quote === "'") {
    return inner.endsWith("\\")
      ? refuse("has a \\ before its closing '; put it in double quotes, with \\\\")
      : { value: inner, last };
  }
  if (inner.includes("$")) return refuse(`has a $, where Compose puts in a variable; ${IN_SINGLE}`);
  const strange = /\\([^nrt"\\])/.exec(inner.replaceAll("\\\\", ""));
  if (strange) return refuse(`has a \\ that is no usual escape; write \\\\, or ${IN_SINGLE}`);
  return {
    value: inner.replace(/\\([nrt"\\])/g, (_, letter: string) => ESCAPES[letter] ?? ""),
    last,
  };
}

/** Where a double quote ends the text that it begins; -1: nowhere. */
function endOfDouble(text: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}
