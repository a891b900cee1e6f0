/** One thing that is not as the record says. Holds no value of a variable. */
export interface Difference {
  readonly container: string;
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
}

/** A difference of a container that is known. */
export type Found = Omit<Difference, "container">;
