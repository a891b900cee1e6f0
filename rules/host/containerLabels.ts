/** Labels by which a stack's containers are found again, whatever became of the state. */
export const LABELS = {
  /** The stack's prefix: `maestro-development`. */
  stack: "maestro.stack",
  color: "maestro.color",
  service: "maestro.service",
  replica: "maestro.replica",
  /** See `ReleaseRecord.generation`. */
  generation: "maestro.generation",
} as const;

/**
 * Labels of a container that is the stack's and belongs to no set. The others are emptied: an image may have labels of
 * these names, as one that was committed from a container has, and would make the container count as one of a set.
 */
export function stackLabels(prefix: string): Record<string, string> {
  const empty = Object.fromEntries(Object.values(LABELS).map((label) => [label, ""]));
  return { ...empty, [LABELS.stack]: prefix };
}
