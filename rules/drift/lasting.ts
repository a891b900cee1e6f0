import { postgresContainerName } from "../database/postgresLayout";
import { edgeContainerName } from "../edge/edgeLayout";
import type { DriftFacts } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { onHost, updateOf } from "./repairs";

/** The edge and the database server: what both sets need, and no release replaces. */
export const lasting: DriftRule = {
  kinds: ["edge-down", "edge-silent", "database-down"],
  find(facts) {
    const edge = edgeContainerName(facts.prefix);
    const down = findDown(facts, "edge-down", edge, "edge-nginx");
    const trouble = facts.edge?.trouble ?? null;
    const silent: DriftFinding = {
      ...{ id: `edge-silent/${edge}`, severity: "error", where: edge, since: null },
      ...{ says: trouble ?? "", repair: onHost(facts, `docker restart ${edge}`) },
    };
    const database = facts.hasPostgres
      ? findDown(facts, "database-down", postgresContainerName(facts.prefix), "postgres-server")
      : [];
    return [...down, ...(down.length === 0 && trouble !== null ? [silent] : []), ...database];
  },
};

function findDown(facts: DriftFacts, kind: string, name: string, resource: string): DriftFinding[] {
  if (facts.activeColor === null) return [];
  const there = facts.containers.find((container) => container.name === name);
  if (there?.state === "running") return [];
  return [
    {
      ...({ id: `${kind}/${name}`, severity: "error", where: name, since: null } as const),
      says: there ? `is ${there.state}` : "is missing",
      repair: there ? onHost(facts, `docker start ${name}`) : updateOf(facts, resource),
    },
  ];
}
