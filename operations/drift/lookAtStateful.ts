import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import type { StatefulFacts } from "../../rules/drift/facts";
import { statefulName } from "../../rules/stateful/statefulPlan";

/** What has become of the services with data of their own; a stack without any asks the Engine for nothing. */
export async function lookAtStateful(
  host: Host,
  { records }: HostDirectory,
  prefix: string,
): Promise<StatefulFacts[]> {
  const found = [...(await records.stateful.all())].filter(([, { removed }]) => !removed);
  if (found.length === 0) return [];
  const { findStateful, isStatefulUp } = await import("../../host/statefulContainers");
  const engine = await host.engine();
  return Promise.all(
    found.map(async ([service, { applied, volume, update }]) => {
      const place = { engine, prefix, service };
      const { current } = await findStateful(place);
      const isUp = applied !== null && (await isStatefulUp(place, applied, volume));
      return {
        ...{ service, container: statefulName(prefix, service), state: current?.state ?? null },
        isAsRecorded: isUp && !update,
      };
    }),
  );
}
