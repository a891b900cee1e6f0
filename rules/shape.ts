/** Looks at one value; adds a line to `problems` for each thing that is wrong with it. */
export type Check = (value: unknown, path: string, problems: string[]) => void;

/** A check for each field of `T`: those of optional ones are made by {@link optional}. Fields without one are not looked at. */
export type Fields<T> = { readonly [Name in keyof T]?: Check };

/** Text, which may be empty. */
export const text: Check = (value, path, problems) => {
  if (typeof value !== "string") problems.push(wrong(path, "text", value));
};

/** A whole number from 0 on: counters, seconds, ports. */
export const whole: Check = (value, path, problems) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    problems.push(wrong(path, "a whole number from 0 on", value));
  }
};

/** True or false. */
export const flag: Check = (value, path, problems) => {
  if (typeof value !== "boolean") problems.push(wrong(path, "true or false", value));
};

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  return (value, path, problems) => {
    if (!words.includes(value as string)) problems.push(wrong(path, words.join(" or "), value));
  };
}

/** May be left out. */
export function optional(check: Check): Check {
  return (value, path, problems) => {
    if (value !== undefined) check(value, path, problems);
  };
}

/** May be null. */
export function nullable(check: Check): Check {
  return (value, path, problems) => {
    if (value !== null) check(value, path, problems);
  };
}

/** A list whose entries are all of a kind. */
export function list(of: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) problems.push(wrong(path, "a list", value));
    else value.forEach((entry, index) => of(entry, `${path}[${index}]`, problems));
  };
}

/** Names, each with a value of the same kind. */
export function map(of: Check): Check {
  return (value, path, problems) => {
    if (!isObject(value)) problems.push(wrong(path, "an object", value));
    else for (const [name, entry] of Object.entries(value)) of(entry, join(path, name), problems);
  };
}

/** An object with these fields; others are not looked at, since a newer version may write them. */
export function object<T>(fields: Fields<T>): Check {
  const checks = Object.entries(fields) as [string, Check][];
  return (value, path, problems) => {
    if (!isObject(value)) problems.push(wrong(path, "an object", value));
    else for (const [name, check] of checks) check(value[name], join(path, name), problems);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Names only the kind of an object or a long text: an input may hold much, and a message is for people. */
function wrong(path: string, wanted: string, value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  const got = json === undefined ? "nothing" : json.length > 60 ? `${json.slice(0, 57)}...` : json;
  return `${path || "input"}: must be ${wanted}, got ${got}`;
}
