import { formatPath, type Locate } from "./checkSchema";
import { isPlainObject, valueAt } from "./plainObject";
import { siteSettings } from "./siteService";
import { isStateful } from "./statefulRules";

/** What one service is made of, weakest first. */
export interface ServiceSources {
  /** `defaults` of services.yaml. */
  readonly defaults: unknown;
  /** The service's entry in services.yaml. */
  readonly declared: unknown;
  /** The service's entry in the stack's `maestro:services`. */
  readonly override: unknown;
}

/** Merges objects key by key; everything else, lists too, is replaced by the stronger side. */
export function deepMerge(weak: unknown, strong: unknown, depth = 0): unknown {
  if (strong === undefined) {
    return weak;
  }
  if (!isPlainObject(weak) || !isPlainObject(strong) || depth > MAX_DEPTH) {
    return strong;
  }
  const keys = new Set([...Object.keys(weak), ...Object.keys(strong)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      deepMerge(valueAt(weak, [key]), valueAt(strong, [key]), depth + 1),
    ]),
  );
}

/** No setting is nested deeper. */
const MAX_DEPTH = 5;

/**
 * The settings the user gave a service, from all three places. An empty entry means: all defaults. What a kind of service
 * brings along goes before `defaults`, which are about services of any kind.
 */
export function mergeService(sources: ServiceSources): unknown {
  const over = (weakest: unknown) =>
    deepMerge(deepMerge(weakest, sources.declared ?? {}), sources.override ?? undefined);
  const given = over(sources.defaults);
  // What `defaults` say of ports, health and routes is about services of the sets.
  if (isStateful(given)) return over({});
  return valueAt(given, ["kind"]) === "static"
    ? over(deepMerge(sources.defaults, siteSettings(given)))
    : given;
}

/** Names a service's setting by the place it was written in. */
export function locateService(name: string, sources: ServiceSources, stack: string): Locate {
  return (path) => {
    const here = formatPath(["services", name, ...path]);
    if (has(sources.override, path)) {
      return `${here} (in Pulumi.${stack}.yaml)`;
    }
    return !has(sources.declared, path) && has(sources.defaults, path)
      ? formatPath(["defaults", ...path])
      : here;
  };
}

function has(source: unknown, path: readonly PropertyKey[]): boolean {
  return path.length > 0
    ? valueAt(source, path) !== undefined
    : source !== undefined && source !== null && !isPlainObject(source);
}
