import type { OwnEngineOptions } from "../support/ownEngine";
import type { FaultWorld } from "./world";

/** One thing that goes wrong, and what must hold in spite of it. */
export interface Fault {
  /** `F4`, as reliability lists number them. */
  readonly id: string;
  readonly title: string;
  readonly phase: "first deploy" | "deploy" | "rollback" | "between updates";
  /** Requests that the fault itself may cost; 0 unless it hits what serves. */
  readonly mayLose?: number;
  /** It harms the Docker Engine, so the stack must run on one of its own. */
  readonly engine?: Omit<OwnEngineOptions, "subnet">;
  /** Whether it is tried on every change, or at night alone. */
  readonly always?: boolean;
  /**
   * Makes the fault happen and undoes it again.
   *
   * @returns what happened, in a few words.
   * @throws AssertionError when something else happened.
   */
  run(world: FaultWorld): Promise<string>;
}

/** A fault that this suite does not make: tried elsewhere, or not possible here. Never counted as passed. */
export interface FaultElsewhere {
  readonly id: string;
  readonly title: string;
  readonly where: string;
}
