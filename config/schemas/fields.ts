import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";

// Messages are `what is wrong; what to do`: ../checkSchema.ts puts the path in front and the value before the semicolon.

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const SEGMENT = "[A-Za-z0-9._@+-]+";
const PATH_COMPONENT = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*";

export const DNS_NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*(?!\\d+$)${LABEL}$`);
/** nginx keeps host names and origins in hash tables whose entries are this long at most. */
export const MAX_HASHED_LENGTH = 100;
export const ABSOLUTE_PATH = new RegExp(`^(?=.{1,1000}$)(?!.*/\\.{1,2}(?:/|$))(?:/${SEGMENT})+$`);
/** `host[:port]`: a host without dot or port would be taken for a part of the path. */
export const REGISTRY_HOST = `(?:localhost|(?:${LABEL}\\.)+${LABEL}|${LABEL}(?=:))(?::[1-9][0-9]{0,4})?`;
export const REPOSITORY_PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;

/** An object that refuses keys it does not know. */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    // checkSchema.ts makes one issue of each unknown key and looks for the nearest of these.
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? keys.join(" ")
        : `must be an object; its keys are ${keys.join(", ")}`,
  });
}

/** An object whose fields all have defaults, so that it may be left out. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.prefault(object(shape), {} as never);
}

export function integer(min: number, max: number) {
  const error = `must be an integer from ${min} to ${max}`;
  return z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
}

/** A number that need not be whole. */
export function decimal(min: number, max: number) {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
}

export function text(pattern: RegExp, error: string) {
  return z.string({ error }).check(z.regex(pattern, { error }));
}

export function flag() {
  return z.boolean({ error: "must be true or false" });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(", ")}` });
}

/** A list without repetitions. */
export function distinct<Item extends z.core.SomeType>(item: Item, error: string, max = 100) {
  return list(item, error, max).check(({ value, issues }) => {
    value.forEach((entry, index) => {
      const first = value.indexOf(entry);
      if (first < index) {
        issues.push({
          code: "custom",
          message: `is listed twice, first as number ${first + 1}; keep one`,
          path: [index],
          input: entry,
        });
      }
    });
  });
}

export function list<Item extends z.core.SomeType>(item: Item, error: string, max = 100) {
  return z
    .array(item, { error })
    .check(z.maxLength(max, { error: `must have at most ${max} entries` }));
}

/** An object with free keys; `findProblem` says what is wrong with an entry. */
export function map<Value>(
  error: string,
  findProblem: (key: string, value: unknown) => string | undefined,
) {
  const schema = z.custom<Readonly<Record<string, Value>>>(isPlainObject, { error });
  return schema.check(({ value, issues }) => {
    for (const [key, entry] of Object.entries(value)) {
      const message = findProblem(key, entry);
      if (message !== undefined) {
        issues.push({ code: "custom", message, path: [key], input: entry });
      }
    }
  });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `45m`, as seconds. */
export function duration() {
  return z.pipe(
    text(/^(?:0|[1-9]\d{0,5})[smhd]$/, "must be a duration with its unit; such as 45m, 24h or 7d"),
    z.transform(
      (value: string) => Number(value.slice(0, -1)) * (UNIT_SECONDS[value.slice(-1)] ?? 1),
    ),
  );
}

/** `address:port`, as an address and a port. */
export function listenAddress() {
  const error = "must be <IPv4 address>:<port>; for example 127.0.0.1:8080, or 0.0.0.0:80 for all";
  const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  const port = "(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})";
  return z.pipe(
    text(new RegExp(`^${octet}(?:\\.${octet}){3}:${port}$`), error),
    z.transform((value: string) => {
      const [address = "", port] = value.split(":");
      return { address, port: Number(port) };
    }),
  );
}
