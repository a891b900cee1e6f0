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
  return parseYamlFile(file, "create it or set maestro:servicesFile", "split it into two stacks");
}

/**
 * Reads a YAML file of the project; problems name the file and the line.
 *
 * @param ifMissing what to do where there is none.
 * @param ifLarge what to do where it is too large.
 */
export function parseYamlFile(
  file: string,
  ifMissing: string,
  ifLarge = "make it smaller",
): ReadResult {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) {
      return refuse(`${file}: must be at most 2 MB, got ${size} bytes; ${ifLarge}`);
    }
    return parseYaml(file, readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return refuse(
      code === "ENOENT"
        ? `${file}: no such file; ${ifMissing}`
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
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    // One mistake often makes several errors on its line: the first says most.
    const byLine = new Map(
      document.errors
        .map((error) => [lineCounter.linePos(error.pos[0]).line, error] as const)
        .reverse(),
    );
    const issues = [...byLine].map(([line, error]) => describe(file, line, text, error));
    return refuse(...issues.reverse());
  }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return isTooDeep(content)
      ? refuse(`${file}: is nested more than ${MAX_DEPTH} levels deep; no setting needs that`)
      : { content, issues: [] };
  } catch (error) {
    const unresolved = /^Unresolved alias .*: ([\w.-]{1,60})$/.exec((error as Error).message)?.[1];
    return refuse(
      unresolved === undefined
        ? `${file}: has too many aliases; write the values out`
        : `${file}: *${unresolved} names an anchor that is not there; write &${unresolved} before the value it stands for`,
    );
  }
}

function refuse(...issues: string[]): ReadResult {
  return { content: undefined, issues };
}

function describe(file: string, line: number, text: string, error: YAMLError): string {
  const [start] = error.pos;
  const at = `${file}:${line}`;
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
      const cause = error.code.toLowerCase().replaceAll("_", " ");
      return `${at}: is not valid YAML (${cause}); check indentation, quotes and brackets from here upwards`;
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
