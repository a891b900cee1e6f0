import type { DriftFacts, SetContainerFacts, SetFacts } from "../../rules/drift/facts";
import { generationOf, renderNginxConfig } from "../../rules/edge/nginxConfig";
import { edgeOptions } from "./edgeOptions";
import { sampleRecord } from "./inspectSamples";

/** The edge's configuration for a set of that release. */
export const DRIFT_CONFIG = renderNginxConfig(edgeOptions({}), {
  blue: sampleRecord(),
  green: sampleRecord(),
});

const DIRECTORY = "/var/lib/maestro/shop-demo";

/** A container that is as its record says; `found` replaces fields. */
export function driftContainer(
  name: string,
  found: Partial<NonNullable<SetContainerFacts["found"]>> = {},
): SetContainerFacts {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ name, service: "quality-fabric", replica: 0 },
    found: {
      ...{ state: "running", exitCode: 0, createdAt: at, startedAt: at, endedAt: null },
      ...{ changedPaths: [], otherSecrets: [], unready: null },
      ...found,
    },
  };
}

/** A set with one container; `changes` replace fields. */
export function driftSet(changes: Partial<SetFacts> = {}): SetFacts {
  const color = changes.color ?? "green";
  const name = `shop-demo-${color}-quality-fabric-0`;
  return {
    ...{ color, isActive: color === "green", record: sampleRecord(), proven: true },
    ...{ containers: [driftContainer(name)], differences: [], there: [name] },
    ...changes,
  };
}

/** A stack in which nothing differs; `changes` replace fields. */
export function driftFacts(changes: Partial<DriftFacts> = {}): DriftFacts {
  const sets = [driftSet(), driftSet({ color: "blue" })];
  const container = (name: string) => ({
    ...{ name, state: "running", createdAt: "2026-01-01T00:00:00Z" },
    ...{ labels: { "maestro.stack": "shop-demo" }, networks: ["shop-demo"], ports: [] },
  });
  return {
    ...{ stack: "demo", prefix: "shop-demo", directory: DIRECTORY, host: null },
    ports: [{ address: "127.0.0.1", port: 8080 }],
    ...{ hasPostgres: false, keepPrevious: "warm", activeColor: "green", isPending: false },
    ...{ rejected: [], sets, stateful: [] },
    edge: {
      ...{ file: DRIFT_CONFIG, seen: DRIFT_CONFIG, generation: generationOf(DRIFT_CONFIG) },
      ...{ writtenAt: "2026-01-01T00:00:00Z", loadedAt: "2026-01-01T00:00:01Z", trouble: null },
    },
    containers: ["shop-demo-edge", ...sets.flatMap(({ there }) => there)].map(container),
    ...{ networks: [], volumes: [], leftFiles: [], brokenLinks: [], images: [], secrets: [] },
    outputs: { activeColor: "green", release: { id: sampleRecord().id } },
    ...{ upstream: null, resources: [] },
    ...changes,
  };
}
