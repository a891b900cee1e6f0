import { ConfigError } from "../../config/configError";
import { parseSettings, type RawSettings } from "../../config/parseSettings";
import type { Settings } from "../../config/settings";
import type { ServiceSettings } from "../../release/release";

/** A digest made of one hex digit: `digest("a")`. */
export function digest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

export const EDGE_IMAGE = `registry.example.com/nginx@${digest("e")}`;
export const POSTGRES_IMAGE = `registry.example.com/postgres@${digest("d")}`;

/** The smallest configuration that is valid on any stack: services web and api, both with all defaults. */
export function minimalRaw(): RawSettings {
  return {
    stack: "test",
    project: "maestro",
    root: "/home/me/maestro",
    config: {
      registry: { kind: "local", address: "registry.example.com", namespace: "team" },
      edge: { image: EDGE_IMAGE },
      release: { web: digest("a"), api: digest("b") },
    },
    services: { services: { web: {}, api: {} } },
  };
}

/** Path in the raw settings (`services.services.web.port`) -> value; undefined removes what is there. */
export type Changes = Readonly<Record<string, unknown>>;

/** The minimal configuration with single values changed. */
export function rawWith(changes: Changes): RawSettings {
  return Object.entries(changes).reduce(
    (raw, [path, value]) => setAt(raw, path.split("."), value) as RawSettings,
    minimalRaw(),
  );
}

/** A copy of `target` in which the value at `path` is replaced, or removed by undefined. */
export function setAt(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    return value;
  }
  const entries = new Map(Object.entries((target ?? {}) as Record<string, unknown>));
  const next = setAt(entries.get(key), rest, value);
  if (next === undefined) {
    entries.delete(key);
  } else {
    entries.set(key, next);
  }
  return Object.fromEntries(entries);
}

/** Settings of the minimal configuration with single values changed; the configuration must be valid. */
export function settingsWith(changes: Changes = {}): Settings {
  return parseSettings(rawWith(changes));
}

/** A service's settings, all defaults, with fields replaced. */
export function serviceWith(changes: Partial<ServiceSettings> = {}): ServiceSettings {
  return { ...(settingsWith().services["web"] as ServiceSettings), ...changes };
}

/** What is wrong with a configuration; empty if it is valid. Any other exception passes through. */
export function issuesOf(raw: RawSettings): readonly string[] {
  try {
    parseSettings(raw);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.issues;
    }
    throw error;
  }
}
