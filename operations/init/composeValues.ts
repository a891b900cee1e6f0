import { isPlainObject } from "../../config/plainObject";

const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};
const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/**
 * A text with its variables: `${NAME:-value}` is the value, `$$` a dollar sign. undefined: a variable has no value here,
 * since only the shell that runs Compose knows it.
 */
export function expand(text: string): string | undefined {
  let isKnown = true;
  const expanded = text.replace(
    /\$(?:\$|\{\w+:?-([^{}]*)\}|\{[^}]*\}|\w+)/g,
    (whole, usual?: string) => {
      if (whole === "$$") return "$";
      isKnown &&= usual !== undefined;
      return usual ?? whole;
    },
  );
  return isKnown ? expanded : undefined;
}

/** A map of texts, which Compose also takes as a list of `NAME=value`; null: the value is the shell's. */
export function readPairs(value: unknown): [name: string, value: string | null][] {
  if (isPlainObject(value)) {
    return Object.entries(value).map(([name, each]) => [name, each == null ? null : textOf(each)]);
  }
  return listOf(value).map((each) => {
    const text = textOf(each);
    const at = text.indexOf("=");
    return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  });
}

/** A list, which Compose also takes as a single value. */
export function listOf(value: unknown): unknown[] {
  if (value == null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** Words with blanks between them, each in quotes or without any. */
const WORDS = /^(?:\s*(?:"[^"\\]*"|'[^']*'|[^\s"'\\]+)(?=\s|$))+\s*$/;

/** The words of a command as a shell splits them; undefined: it needs a shell to be understood. */
export function splitCommand(text: string): string[] | undefined {
  if (!WORDS.test(text)) return undefined;
  const words = text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...words].map(([, inDouble, inSingle, plain]) => inDouble ?? inSingle ?? plain ?? "");
}

/** Mebibytes of `512m`, `1g` or a number of bytes; undefined: none of these. */
export function megabytesOf(value: unknown): number | undefined {
  const found = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(textOf(value).trim());
  const unit = SIZES[(found?.[2] ?? "").toLowerCase()];
  return found === null || unit === undefined
    ? undefined
    : Math.ceil((Number(found[1]) * unit) / 1024 ** 2);
}

/** Seconds of `1m30s`, rounded up; undefined: no duration. */
export function secondsOf(value: unknown): number | undefined {
  const text = textOf(value);
  if (!/^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  return Math.ceil(parts.reduce((sum, [, n, unit]) => sum + Number(n) * SECONDS[unit!]!, 0));
}

/** The port inside the container of an entry under `ports` or `expose`; undefined: not one TCP port. */
export function containerPort(entry: unknown): number | undefined {
  const target = isPlainObject(entry) ? entry["target"] : entry;
  if (isPlainObject(entry) && (entry["protocol"] ?? "tcp") !== "tcp") return undefined;
  const text = textOf(target);
  const pattern = /^(?:.*:)?(\d+)(?:\/tcp)?$/;
  // The port on the host may be a variable that is not known here.
  const found = pattern.exec(text) ?? pattern.exec(expand(text) ?? "");
  return found === null ? undefined : Number(found[1]);
}

/** `nginx:1.27` as a repository with its registry: `docker.io/library/nginx`. */
export function repositoryOf(image: string): string {
  const plain = image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  const [first = "", ...rest] = plain.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]|^localhost$/.test(first) ? plain : `docker.io/${plain}`;
}

/** A scalar as Compose reads it; empty for anything else. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
