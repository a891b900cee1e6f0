import type { PruneSettings } from "../../config/settings";

/** Where the stack says nothing. */
const USUAL: PruneSettings = {
  ...{ keep: 10, minimumAgeSeconds: 86_400, afterRelease: false, registryStacks: null },
};
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What the command line says of what stays. */
export interface RuleOptions {
  readonly keep?: string;
  readonly minimumAge?: string;
}

/** What stays: as the command line says, else the stack. @throws Error naming an option that makes no sense. */
export function chooseRule(
  settings: PruneSettings | null,
  { keep, minimumAge }: RuleOptions,
): PruneSettings {
  const usual = settings ?? USUAL;
  if (keep !== undefined && !/^(?:[1-9]|1\d|20)$/.test(keep)) {
    throw new Error(`--keep: must be a number from 1 to 20, got ${JSON.stringify(keep)}`);
  }
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(minimumAge ?? "") ?? [];
  if (minimumAge !== undefined && number === undefined) {
    throw new Error(
      `--minimum-age: must be a duration with its unit, such as 12h or 7d, got ${JSON.stringify(minimumAge)}`,
    );
  }
  return {
    ...usual,
    ...(keep === undefined ? {} : { keep: Number(keep) }),
    ...(number === undefined ? {} : { minimumAgeSeconds: Number(number) * UNIT_SECONDS[unit]! }),
  };
}
