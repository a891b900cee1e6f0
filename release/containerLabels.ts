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
