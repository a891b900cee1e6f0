import { OBSERVERS } from "../rules/observability/layout";
import { secretFileVariable } from "../rules/serviceSecrets";
import { pathOf } from "../rules/host/scratchSpace";
import { place, quote, type Locate, type Partly } from "./checkSchema";
import { isPlainObject, valueAt } from "./plainObject";
import type { ParsedStateful } from "./schemas/stateful";
import type { ScratchPath } from "../release/release";
import type { StatefulSettings } from "../rules/stateful/statefulSettings";

/** A stateful service on its way through the checks. */
export interface CheckedStateful {
  readonly name: string;
  readonly known: Partly<ParsedStateful>;
  readonly value: ParsedStateful | undefined;
  readonly locate: Locate;
}

/** Its container is `<project>-<stack>-<name>`, and so are those of the stack's own parts. */
const OWN_NAMES: readonly string[] = [
  ...["edge", "postgres", "observability"],
  ...OBSERVERS.flatMap((observer) => [observer, `${observer}-config`]),
];
const OWN_FORM = /^(?:blue|green|migrate|plan|backup|history)-|-before$|-volume$|-\d+$/;

/** Whether a service's settings, merged and not checked, are those of a stateful one. */
export function isStateful(given: unknown): boolean {
  return isPlainObject(given) && valueAt(given, ["kind"]) === "stateful";
}

/** What must hold within stateful services, beside their schema. */
export function checkStatefulRules(services: readonly CheckedStateful[]): string[] {
  return services
    .filter(({ known }) => known.enabled !== false)
    .flatMap(({ name, known, locate }) => {
      const { env = {}, secrets = [], scratchPaths = [], volume } = known;
      const clash = OWN_NAMES.includes(name) || OWN_FORM.test(name);
      const path = volume?.path;
      const scratch = (scratchPaths as readonly ScratchPath[]).map(pathOf);
      return [
        ...(clash
          ? [
              `services: name ${quote(name)} is of a container of the stack's own, which a stateful service's would be called like; choose another`,
            ]
          : []),
        ...(secrets as readonly string[]).flatMap((secret) =>
          [secret, secretFileVariable(secret)]
            .filter((variable) => Object.hasOwn(env, variable))
            .map((variable) =>
              place(["env", variable], "is also set by secrets; keep one", locate),
            ),
        ),
        ...(path !== undefined && scratch.some((each) => isBelow(each, path) || isBelow(path, each))
          ? [
              place(
                ["scratchPaths"],
                `must not be at or below volume.path, got ${quote(path)}; remove it`,
                locate,
              ),
            ]
          : []),
      ];
    });
}

function isBelow(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

/** Settings of the stateful services that a stack runs. */
export function createStateful(
  services: readonly CheckedStateful[],
): Record<string, StatefulSettings> {
  return Object.fromEntries(
    services.flatMap(({ name, value }) => {
      if (value?.enabled !== true) return [];
      const { image, port, volume, command, user, env, secrets, health, backup } = value;
      const { resources, stopGraceSeconds, scratchPaths } = value;
      const settings: StatefulSettings = {
        ...{ image, port, volume, command, user, env, secrets, health, backup },
        ...{ resources, stopGraceSeconds, scratchPaths },
      };
      return [[name, settings]];
    }),
  );
}
