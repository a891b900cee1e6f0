import { readFileSync, statSync } from "node:fs";

import { LineCounter, parseDocument, type YAMLError } from "yaml";

import { isPlainObject } from "./plainObject";

const MAX_BYTES = 2_000_000;
const MAX_ALIASES = 100;
const MAX_DEPTH = 20;

/** A YAML file's content, or why there is none. */
export interface ReadResult {
  readonly content: unknown;
  readonly issues: readonly string[];
}

/** Reads services.yaml; problems name the file and the line. */
export function readServicesFile(file: string): ReadResult {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) {
      return refuse(`${file}: must be at most 2 MB, got ${size} bytes; split it into two stacks`);
    }
    return parseYaml(file, readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return refuse(
      code === "ENOENT"
        ? `${file}: no such file; create it or set maestro:servicesFile`
        : `${file}: cannot be read, got ${code}; check the file and its permissions`,
    );
  }
}

/** The content of a YAML text; `file` is only for messages. */
export function parseYaml(file: string, bytes: Uint8Array): ReadResult {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return refuse(`${file}:1: starts with a byte order mark; save it as UTF-8 without one`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(`${file}: is not UTF-8 text; save it as UTF-8`);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "silent" });
  if (document.errors.length > 0) {
    return refuse(...document.errors.map((error) => describe(file, text, error, lineCounter)));
  }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return isTooDeep(content)
      ? refuse(`${file}: is nested more than ${MAX_DEPTH} levels deep; no setting needs that`)
      : { content, issues: [] };
  } catch (error) {
    return refuse(
      error instanceof ReferenceError
        ? `${file}: has too many aliases or one without an anchor; write the values out`
        : `${file}: cannot be read as YAML; check it with a YAML linter`,
    );
  }
}

function refuse(...issues: string[]): ReadResult {
  return { content: undefined, issues };
}

function describe(file: string, text: string, error: YAMLError, lines: LineCounter): string {
  const [start] = error.pos;
  const at = `${file}:${lines.linePos(start).line}`;
  switch (error.code) {
    case "DUPLICATE_KEY": {
      const key = /^["']?([\w.-]{1,60})/.exec(text.slice(start))?.[1];
      return `${at}: duplicate key${key === undefined ? "" : ` "${key}"`}; keep one`;
    }
    case "TAB_AS_INDENT":
      return `${at}: a tab in the indentation; use spaces`;
    case "MULTIPLE_DOCS":
      return `${at}: a second document; put everything into the first`;
    default: {
      const hint = text.slice(0, start).endsWith("\t")
        ? "use spaces instead of tabs"
        : "fix the YAML";
      return `${at}: is not valid YAML, got ${error.code.toLowerCase().replaceAll("_", " ")}; ${hint}`;
    }
  }
}

/** Aliases can make a document contain itself. */
function isTooDeep(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) {
    return true;
  }
  const children = Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : [];
  return children.some((child) => isTooDeep(child, depth + 1));
}
