import { plainText } from "../plainText";

/** What an answer says of one of its parts. */
export interface NamedCheck {
  readonly isWell: boolean;
  /** The part's own word: `UP`, `false`; cut. */
  readonly says: string;
}

/** Words of those who write such answers, in lower case; every other one means that the part is not well. */
const WELL = new Set(["up", "ok", "pass", "passed", "passing", "healthy", "working", "success", "ready", "true", "warn", "degraded"]); // prettier-ignore
/** Where answers keep their parts, beside the top: Spring and Quarkus, health+json, ASP.NET, Terminus, py-healthcheck. */
const CONTAINERS = ["components", "checks", "entries", "details", "results"] as const;
/** What a part calls itself in a list. */
const NAMES = ["name", "checker", "check"] as const;
/** Where a part says how it is. */
const STATES = ["status", "state", "passed", "healthy", "ok"] as const;
const SHOWN = 80;

/**
 * What a readiness answer says of one of its parts, whoever has written it: as an object by names or as a list, at the
 * top or in one of the usual places. Names are compared without regard to case; `db` is also found as `db:connections`
 * (health+json), then all of that name must be well.
 *
 * @returns null: the answer does not name it.
 */
export function findCheck(answer: unknown, name: string): NamedCheck | null {
  for (const container of containersOf(answer)) {
    const found = partsOf(container).filter(([part]) => isNamed(part, name));
    if (found.length > 0) return worst(found.map(([, part]) => readState(part)));
  }
  return null;
}

/** The parts that an answer names, for a message. */
export function checkNames(answer: unknown): string[] {
  const names = containersOf(answer).flatMap((container) =>
    partsOf(container).map(([part]) => part),
  );
  return [...new Set(names)].filter((name) => !STATES.includes(name as never));
}

/** Those inside first: the top has the answer's own `status` beside the parts. */
function containersOf(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return [answer];
  if (!isObject(answer)) return [];
  return [...CONTAINERS.map((key) => answer[key]).filter((inner) => inner !== undefined), answer];
}

function partsOf(container: unknown): [name: string, part: unknown][] {
  if (!Array.isArray(container)) return isObject(container) ? Object.entries(container) : [];
  return container.flatMap((part: unknown): [string, unknown][] => {
    const name = isObject(part) ? NAMES.map((key) => part[key]).find(isText) : undefined;
    return name === undefined ? [] : [[name, part]];
  });
}

function isNamed(part: string, name: string): boolean {
  const [is, wanted] = [part.toLowerCase(), name.toLowerCase()];
  return is === wanted || is.startsWith(`${wanted}:`);
}

function readState(part: unknown): NamedCheck {
  if (Array.isArray(part)) return worst(part.map(readState));
  const inner = isObject(part)
    ? STATES.map((key) => part[key]).find((state) => state !== undefined)
    : part;
  if (isText(inner) || typeof inner === "boolean") {
    const says = String(inner);
    return { isWell: WELL.has(says.toLowerCase()), says: plainText(says, SHOWN) };
  }
  return { isWell: false, says: plainText(JSON.stringify(inner ?? part ?? null), SHOWN) };
}

/** One of several that is not well, if there is one. */
function worst(states: readonly NamedCheck[]): NamedCheck {
  return states.find(({ isWell }) => !isWell) ?? states[0] ?? { isWell: false, says: "[]" };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
