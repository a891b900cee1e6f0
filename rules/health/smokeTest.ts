import type { AskOptions } from "../host/asking";
import type { Answer } from "../host/asking";
import { isWell } from "../edge/healthAnswer";
import { plainText } from "../plainText";
import { valueAtPointer } from "./jsonPointer";
import { canonicalJson } from "../../release/release";
import type { SmokeStep } from "./healthGate";

/** What earlier steps have captured. */
export type Captured = Readonly<Record<string, string>>;

/** A step's request, with what was captured put in. */
export interface SmokeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Bounds other than a smoke test's. */
  readonly bounds?: Pick<AskOptions, "maxBodyBytes" | "statusOnly" | "timeoutMilliseconds">;
}

const SHOWN = 200;
/** `${order}` */
const REFERENCE = /\$\{([A-Za-z_]\w*)\}/g;

/** A step's request. In a path a captured value is one segment, whatever characters it has. */
export function requestOf(step: SmokeStep, captured: Captured): SmokeRequest {
  const { method = "GET", path, headers = {}, body } = step;
  const isJson = body !== undefined && typeof body !== "string";
  const text = isJson ? JSON.stringify(fillAll(body, captured)) : fill(body ?? "", captured);
  const given = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    fill(value, captured),
  ]);
  return {
    method,
    path: fill(path, captured, encodeURIComponent),
    headers: {
      ...(isJson ? { "content-type": "application/json" } : {}),
      ...(Object.fromEntries(given) as Record<string, string>),
    },
    body: body === undefined ? null : text,
  };
}

/** The names that a step's request needs, in the order in which they appear. */
export function referencesOf({ path, headers = {}, body }: SmokeStep): string[] {
  const texts = [
    path,
    ...Object.values(headers),
    typeof body === "string" ? body : JSON.stringify(body ?? ""),
  ];
  return texts.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name]) => name!));
}

/** What an answer is not that the step wants, each with what it is; empty: all as wanted. */
export function compareAnswer(step: SmokeStep, answer: Answer): string[] {
  const { status, answerHeaders = {}, json = {}, contains } = step;
  const wrongs: string[] = [];
  if (status === undefined ? !isWell(answer) : answer.status !== status) {
    wrongs.push(`status ${answer.status}, wanted ${status ?? "2xx"}`);
  }
  for (const [name, wanted] of Object.entries(answerHeaders)) {
    const value = answer.headers[name.toLowerCase()];
    const is = value === undefined ? null : [value].flat().join(", ");
    if (is?.includes(wanted)) continue;
    const got = is === null ? "is missing" : `is ${shown(is)}`;
    wrongs.push(`header ${name} ${got}, wanted ${shown(wanted)} in it`);
  }
  if (contains !== undefined && !answer.body.includes(contains)) {
    wrongs.push(`the body has no ${shown(contains)}`);
  }
  return [...wrongs, ...compareJson(json, answer)];
}

function compareJson(wanted: Readonly<Record<string, unknown>>, { body }: Answer): string[] {
  const pointers = Object.entries(wanted);
  if (pointers.length === 0) return [];
  const document = parseJson(body);
  if (document === undefined) return ["the body is not JSON"];
  return pointers.flatMap(([pointer, value]) => {
    const is = valueAtPointer(document, pointer);
    if (canonicalJson(is) === canonicalJson(value)) return [];
    const got = is === undefined ? "is missing" : `is ${shown(is)}`;
    return [`${pointer} ${got}, wanted ${shown(value)}`];
  });
}

/**
 * What a step keeps of its answer for the steps behind it.
 *
 * @throws Error naming what is not there.
 */
export function capture(step: SmokeStep, answer: Answer): Record<string, string> {
  const document = parseJson(answer.body);
  const entries = Object.entries(step.capture ?? {}).map(([name, from]) => {
    const value = from.startsWith("/")
      ? valueAtPointer(document, from)
      : [answer.headers[from.toLowerCase()] ?? undefined].flat()[0];
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw new Error(`${name} cannot be captured: the answer has no ${from}`);
    }
    return [name, String(value)];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function fill(
  text: string,
  captured: Captured,
  encode: (value: string) => string = String,
): string {
  return text.replace(REFERENCE, (whole, name: string) =>
    Object.hasOwn(captured, name) ? encode(captured[name]!) : whole,
  );
}

function fillAll(value: unknown, captured: Captured): unknown {
  if (typeof value === "string") return fill(value, captured);
  if (Array.isArray(value)) return value.map((each) => fillAll(each, captured));
  if (typeof value !== "object" || value === null) return value;
  const filled = Object.entries(value).map(([key, inner]) => [key, fillAll(inner, captured)]);
  return Object.fromEntries(filled) as unknown;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  return plainText(typeof value === "string" ? `"${value}"` : JSON.stringify(value), SHOWN);
}
