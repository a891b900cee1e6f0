import type * as z from "zod/mini";

import { isSecretName, looksLikeCredential } from "./credentials";
import { nearestName } from "./nearestName";
import { isPlainObject, valueAt } from "./plainObject";

/** A value of which fields may be missing, because they were wrong or left out. */
export type Partly<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;

/** What came of checking an input. */
export interface Checked<T> {
  /** The parsed value; undefined if anything is wrong. */
  readonly value: T | undefined;
  /** What is right by itself, so that rules across fields can still be applied. */
  readonly known: Partly<T>;
  /** One line each: `path: what is wrong, got <value>; what to do`. */
  readonly issues: readonly string[];
}

/** Names the place of a problem the way the user wrote it. */
export type Locate = (path: readonly PropertyKey[]) => string;

type Schema<T> = z.ZodMiniType<T>;

/** Parses `input` and words each problem for the user. */
export function checkSchema<T>(schema: Schema<T>, input: unknown, locate: Locate): Checked<T> {
  const result = schema.safeParse(input);
  if (result.success) {
    return { value: result.data, known: result.data as Partly<T>, issues: [] };
  }
  const issues = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => describeUnknownKey(issue.path, key, issue.message, locate))
      : [describeIssue(issue.path, issue.message, valueAt(input, issue.path), locate)],
  );
  return { value: undefined, known: (salvage(schema, input) ?? {}) as Partly<T>, issues };
}

/** `path: what is wrong, got <value>; what to do`, from a schema's `what is wrong; what to do`. */
export function describeIssue(
  path: readonly PropertyKey[],
  message: string,
  value: unknown,
  locate: Locate,
): string {
  const [problem = "", ...wayOut] = message.split("; ");
  const got = describeValue(path, value);
  const what =
    value === undefined ? "is required" : got === undefined ? problem : `${problem}, got ${got}`;
  return place(path, [what, ...wayOut].join("; "), locate);
}

/** `path: message`; a key that would not read well in a path is quoted before the message. */
export function place(path: readonly PropertyKey[], message: string, locate: Locate): string {
  const odd = path.findIndex(
    (key) => typeof key !== "number" && !/^[\w-]{1,60}$/.test(String(key)),
  );
  if (odd < 0) {
    return `${locate(path)}: ${message}`;
  }
  return `${locate(path.slice(0, odd))}: ${quote(String(path[odd]))} ${message}`;
}

/** `services.web.command[0]` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}

/** Text in quotes, short, on one line, without what only a terminal would understand or nobody should see. */
export function quote(value: string): string {
  if (looksLikeCredential(value)) {
    return "[hidden]";
  }
  const short = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN - 1)}…` : value;
  return JSON.stringify(short).replace(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "?");
}

/** Enough for a digest with its algorithm. */
const MAX_SHOWN = 80;

function describeValue(path: readonly PropertyKey[], value: unknown): string | undefined {
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : "a list";
  }
  if (isPlainObject(value)) {
    return Object.keys(value).length === 0 ? "an empty object" : "an object";
  }
  // A variable's value may be a secret that no rule recognized.
  if (path.some((key) => key === "env" || isSecretName(String(key))) && value !== null) {
    return typeof value === "string" ? undefined : `a ${typeof value}`;
  }
  if (typeof value === "string") {
    return quote(value);
  }
  return value === null || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : `a ${typeof value}`;
}

function describeUnknownKey(
  path: readonly PropertyKey[],
  key: string,
  knownKeys: string,
  locate: Locate,
): string {
  const known = knownKeys.split(" ");
  const nearest = nearestName(key, known);
  const isService = known.includes("env");
  const hint =
    isService && Object.hasOwn(MISTAKEN_KEYS, key)
      ? MISTAKEN_KEYS[key]
      : nearest === undefined
        ? `the keys here are ${known.join(", ")}`
        : `did you mean \`${nearest}\`?`;
  return place([...path, key], `unknown key; ${hint}`, locate);
}

const HARDENED = "containers always run hardened, without privileges and host mounts";

const NO_VOLUMES =
  "containers keep no data: two sets run side by side, and each release replaces its own; data goes to a database " +
  "(`migration`), a store over the network, or, for as long as a container lives, `scratchPaths`";

/** A service's keys in other tools, and what to write instead. */
const MISTAKEN_KEYS: Readonly<Record<string, string>> = {
  image: "the repository goes to `repository`, the digest to maestro:release",
  tag: "images are chosen by the digest in maestro:release",
  ports: "the port inside the container goes to `port`",
  hostPort: "only the edge is reached from outside, see maestro:edge",
  environment: "did you mean `env`?",
  healthcheck: "did you mean `health`?",
  memory: "did you mean `resources.memoryMegabytes`?",
  cpus: "did you mean `resources.cpus`?",
  migrate: "did you mean `migration`?",
  privileged: HARDENED,
  capAdd: HARDENED,
  capabilities: HARDENED,
  devices: HARDENED,
  networkMode: HARDENED,
  pidMode: HARDENED,
  securityOpt: HARDENED,
  mounts: HARDENED,
  volumes: NO_VOLUMES,
  volume: NO_VOLUMES,
  persistence: NO_VOLUMES,
  tmpfs: "did you mean `scratchPaths`?",
};

/** Keeps each field that is right by itself. */
function salvage(schema: z.core.$ZodType, input: unknown): unknown {
  const result = (schema as Schema<unknown>).safeParse(input);
  if (result.success) {
    return result.data;
  }
  let inner = schema as Schema<unknown>;
  while ("innerType" in inner._zod.def) {
    inner = inner._zod.def.innerType as Schema<unknown>;
  }
  if (!isPlainObject(input)) {
    return undefined;
  }
  if (!("shape" in inner._zod.def)) {
    // A map with wrong entries: rules across fields look at its names alone.
    return result.error.issues.every(({ path }) => path.length > 0) ? input : undefined;
  }
  const fields = Object.entries(inner._zod.def.shape as Record<string, z.core.$ZodType>);
  return Object.fromEntries(fields.map(([key, field]) => [key, salvage(field, input[key])]));
}
