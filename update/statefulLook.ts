import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { PlanError } from "../release/rolloutPlan";
import {
  decideStateful,
  parseStatefulWish,
  STATEFUL_VARIABLE,
  type StatefulDecision,
  type StatefulRecord,
  type StatefulWish,
} from "../rules/stateful/statefulDecision";
import { planStateful } from "../rules/stateful/statefulPlan";
import type { Sight } from "../targets/target";
import type { SecretPreflight } from "./secretPreflight";

/**
 * What `maestro stateful` has this update do; null: the update is for what the stack asks for.
 *
 * @throws pulumi.RunError for a variable that it has not written.
 */
export function readStatefulWish(environment: NodeJS.ProcessEnv): StatefulWish | null {
  try {
    return parseStatefulWish(environment[STATEFUL_VARIABLE]);
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

/** What becomes of each stateful service that the stack wants or has; by name. A stack without any asks nothing. */
export async function lookAtStateful(
  settings: Settings,
  sight: Sight,
  secrets: SecretPreflight,
  wish: StatefulWish | null,
): Promise<StatefulDecision[]> {
  const records = await sight.records.stateful.all();
  const names = [...new Set([...Object.keys(settings.stateful), ...records.keys()])].sort();
  if (names.length === 0) return [];
  const versions = await secretVersions(settings, secrets, records);
  return Promise.all(
    names.map(async (service) => {
      const given = settings.stateful[service];
      const record = records.get(service) ?? null;
      const directory = settings.secrets.directory;
      const wanted = given ? planStateful(given, versions[service] ?? null, directory) : null;
      const isUp =
        record?.applied != null &&
        !record.removed &&
        (await sight.isStatefulUp(service, record.applied, record.volume));
      return decideStateful({ service, wanted, record, isUp }, wish);
    }),
  );
}

/**
 * Of what runs already, a secret that cannot be had is no reason to keep a release in: its update will say so.
 *
 * @throws PlanError for one that is to run for the first time.
 */
async function secretVersions(
  { stateful }: Settings,
  secrets: SecretPreflight,
  records: ReadonlyMap<string, StatefulRecord>,
): Promise<Record<string, string>> {
  const found = await Promise.all(
    Object.entries(stateful).map(async ([service, settings]) => {
      if (settings.secrets.length === 0) return {};
      try {
        return await secrets.versionsOf({ [service]: settings });
      } catch (error) {
        const running = records.get(service)?.applied?.secrets;
        if (!(error instanceof PlanError) || !running) throw error;
        void pulumi.log.warn(error.message);
        return { [service]: running.version };
      }
    }),
  );
  return Object.assign({}, ...found) as Record<string, string>;
}
