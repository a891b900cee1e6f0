import { canonicalJson, type Release, type ServiceRelease } from "../../release/release";

/** A setting that differs. */
export interface SettingChange {
  /** `env.LOG_LEVEL`, `resources.memoryMegabytes` */
  readonly path: string;
  /** Its value where that is plain; null: it had none, or a list or an object. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What becomes of one service. */
export interface ServiceChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: ServiceRelease | null;
  readonly after: ServiceRelease | null;
  readonly settings: readonly SettingChange[];
}

/** Shown as the image, not as settings. */
const IMAGE: readonly string[] = ["digest", "repository"];

/** Services that differ between two releases, by name. */
export function compareServices(serving: Release | null, desired: Release): ServiceChange[] {
  const names = new Set([
    ...Object.keys(serving?.services ?? {}),
    ...Object.keys(desired.services),
  ]);
  return [...names].sort().flatMap((name): ServiceChange[] => {
    const before = serving?.services[name] ?? null;
    const after = desired.services[name] ?? null;
    if (canonicalJson(before) === canonicalJson(after)) return [];
    const kind = before === null ? "added" : after === null ? "removed" : "changed";
    const settings = before && after ? compareSettings("", before, after) : [];
    return [{ name, kind, before, after, settings }];
  });
}

/** Names alone where a value is more than a text or a number, such as a list. */
function compareSettings(prefix: string, before: object, after: object): SettingChange[] {
  const olds = before as Readonly<Record<string, unknown>>;
  const news = after as Readonly<Record<string, unknown>>;
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return keys.flatMap((key) => {
    if (prefix === "" && IMAGE.includes(key)) return [];
    const [one, other] = [olds[key], news[key]];
    if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return [];
    const path = `${prefix}${key}`;
    if (isObject(one) && isObject(other)) return compareSettings(`${path}.`, one, other);
    return [{ path, before: plain(one), after: plain(other) }];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plain(value: unknown): string | null {
  const isPlain = ["string", "number", "boolean"].includes(typeof value);
  return isPlain ? String(value) : null;
}
