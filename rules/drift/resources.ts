import { postgresContainerName } from "../database/postgresLayout";
import { edgeContainerName } from "../edge/edgeLayout";
import { nameInUrn, type PreviewStep } from "../delivery/preview";
import { FULL_SHARES, STEPPED_BACK_SHARES } from "../host/cpuShares";
import { containerName } from "../stepInput";
import type { DriftFacts } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { updateOf } from "./repairs";

/** What Pulumi's state has otherwise than the providers: resources that a refresh would change or drop. */
export const resources: DriftRule = {
  kinds: ["resource-gone", "resource-changed"],
  find(facts) {
    return (facts.resources ?? [])
      .filter(({ op }) => !["refresh", "same", "read"].includes(op))
      .filter((step) => !isGivenByTheGate(step))
      .map((step) => describe(facts, step));
  },
};

/**
 * A set's containers start with a small share of the processor; once they are ready they have all of it, which no state
 * says. Any other share is somebody else's doing.
 */
function isGivenByTheGate({ oldState, newState, diffReasons = [] }: PreviewStep): boolean {
  return (
    diffReasons.length === 1 &&
    diffReasons[0] === "cpuShares" &&
    oldState?.outputs?.["cpuShares"] === STEPPED_BACK_SHARES &&
    newState?.outputs?.["cpuShares"] === FULL_SHARES
  );
}

function describe(facts: DriftFacts, step: PreviewStep): DriftFinding {
  const { op, urn, newState, oldState, diffReasons = [] } = step;
  const type = (newState ?? oldState)?.type?.split(":").at(-1) ?? "resource";
  const name = nameInUrn(urn);
  const isGone = op === "delete";
  const what = diffReasons.length > 0 ? `: ${[...diffReasons].sort().join(", ")}` : "";
  return {
    id: `resource-${isGone ? "gone" : "changed"}/${name}`,
    ...{ severity: isGone ? "error" : "warning", where: whereOf(facts, name), since: null },
    says: `${type} ${name} ${isGone ? "is gone" : `was changed${what}`}`,
    repair: updateOf(facts, name),
  };
}

/** Name on the host of a resource that is a container, so that what the host has told of it is not told twice. */
function whereOf({ prefix, sets }: DriftFacts, name: string): string {
  if (name === "edge-nginx") return edgeContainerName(prefix);
  if (name === "postgres-server") return postgresContainerName(prefix);
  for (const { color, containers } of sets) {
    const found = containers.find(
      ({ service, replica }) => `${color}-${service}-${replica}` === name,
    );
    if (found) return containerName(prefix, color, found.service, found.replica);
  }
  return name;
}
