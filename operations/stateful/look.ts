import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { StatefulRecord } from "../../rules/stateful/statefulDecision";
import {
  describeChange,
  isSamePlan,
  planStateful,
  type StatefulPlan,
} from "../../rules/stateful/statefulPlan";

/** A stateful service as it is now. */
export interface StatefulStatus {
  readonly service: string;
  readonly container: string;
  /** What it was last made to run; null: nothing yet. */
  readonly image: string | null;
  /** `running`, `exited` ...; null: its container is not there. */
  readonly state: string | null;
  /** ISO 8601, UTC; null: it has never started. */
  readonly startedAt: string | null;
  /** The volume with its data. */
  readonly volume: string;
  /** What the configuration wants that does not run; null: nothing. */
  readonly waits: string | null;
  /** What is wrong with it; null: nothing is. */
  readonly problem: string | null;
}

/** What the configuration wants of a stateful service, with the secrets that it has; null: it names no such service. */
export function wantedPlan(
  settings: Settings,
  service: string,
  version: string | null,
): StatefulPlan | null {
  const given = settings.stateful[service];
  if (given === undefined) return null;
  const its = given.secrets.length === 0 ? null : (version ?? "");
  return planStateful(given, its, settings.secrets.directory);
}

/** The stateful services that a stack has, by name; a stack without any asks nothing of the Engine. */
export async function lookAtStatefulServices(
  host: Host,
  stack: string,
  settings: Settings,
): Promise<StatefulStatus[]> {
  const { records } = new HostDirectory(host, settings.directory);
  const found = [...(await records.stateful.all())].filter(([, { removed }]) => !removed);
  if (found.length === 0) return [];
  const engine = await host.engine();
  const { findStateful } = await import("../../host/statefulContainers");
  return Promise.all(
    found.map(async ([service, record]) => {
      const prefix = stackPrefix(stack);
      const place = { engine, prefix, service };
      const { current } = await findStateful(place);
      return {
        ...{ service, container: `${prefix}-${service}`, volume: record.volume },
        ...{ image: record.applied?.image ?? null, state: current?.state ?? null },
        startedAt: current?.startedAt ?? null,
        waits: waitsFor(settings, service, record),
        problem: problemOf(service, record, current),
      };
    }),
  );
}

function waitsFor(settings: Settings, service: string, { applied }: StatefulRecord): string | null {
  const wanted = wantedPlan(settings, service, applied?.secrets?.version ?? null);
  if (applied === null || wanted === null || isSamePlan(applied, wanted)) return null;
  return describeChange(applied, wanted);
}

function problemOf(
  service: string,
  { applied, update }: StatefulRecord,
  current: { readonly isRunning: boolean; readonly state: string } | null,
): string | null {
  if (update) {
    return `${service}: an update of it did not come to its end; \`pulumi up\` has what ran before run again`;
  }
  if (current?.isRunning) return null;
  const what = current === null ? "its container is missing" : `it is ${current.state}`;
  const then = applied === null ? "it has never been well" : what;
  return `${service}: ${then}; \`pulumi up\` starts it again on its data`;
}
