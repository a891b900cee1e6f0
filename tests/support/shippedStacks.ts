import { readStackConfig } from "../../operations/shared/stackFile";
import type { ObservedState, Placement } from "../../release/rolloutPlan";
import type { StackOutputs } from "../../release/stackOutputs";
import { digest, EDGE_IMAGE, POSTGRES_IMAGE } from "./fixtures";
import type { Registration } from "./program";

/** The services of every shipped stack. */
export const SERVICES = [
  "automation-service",
  "k8s-execution-service",
  "maestro-gateway",
  "quality-fabric",
  "template-service",
];

/** Nothing is there: what a stack of this machine has on record is not a test's business. */
const NO_DIRECTORY = "/nonexistent/maestro";

/** A shipped stack's configuration with a release, its digests made of one digit. */
export function configOf(stack: string, digit = "a"): Record<string, unknown> {
  const config = readStackConfig(stack);
  const release = Object.fromEntries(SERVICES.map((service) => [service, digest(digit)]));
  // A promoted stack would have to read the other one.
  const pin = config["promoteFrom"] === undefined ? {} : { pinReason: "named by a test" };
  // What `make up` writes.
  const own = stack === "development" ? { postgres: { image: POSTGRES_IMAGE } } : {};
  const edge = { ...(config["edge"] as object), image: EDGE_IMAGE };
  return { ...config, ...pin, ...own, edge, release, directory: NO_DIRECTORY };
}

/** What the host says after an update with these outputs. */
export function observe(outputs: StackOutputs): ObservedState {
  const placement = (record: Placement["record"] | null): Placement | null =>
    record && { number: 1, record, proven: true };
  return {
    activeColor: outputs.activeColor,
    switchNumber: outputs.history.length,
    placements: {
      blue: placement(outputs.containerSets.blue),
      green: placement(outputs.containerSets.green),
    },
  };
}

/** The containers of one set. */
export function containers(registrations: readonly Registration[], color: string): Registration[] {
  return registrations.filter(
    ({ type, name }) => type.endsWith(":Container") && name.startsWith(`${color}-`),
  );
}
