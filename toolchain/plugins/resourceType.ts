import type { EngineLog } from "../rpc/engineLog";
import type { Properties, Value } from "../rpc/values";

/** One property that is not acceptable, and why. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** How one property path differs. The names are those of Pulumi's wire format. */
export type DiffKind =
  "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

/** What an update would have to do about a resource. */
export interface Diff {
  /** Property path -> what happens to it. Empty: nothing to do. */
  readonly details: Readonly<Record<string, DiffKind>>;
  /** Properties that cannot change while the resource lives, and do not change now. */
  readonly stables: readonly string[];
  /** Whether the old resource has to go before the new one comes. */
  readonly deleteBeforeReplace: boolean;
}

/** What every operation on a resource gets besides its values. Values never carry secret marks here. */
export interface Operation {
  readonly urn: string;
  /** Logical name in the program. */
  readonly name: string;
  /** Aborts when the user cancels the update. */
  readonly signal: AbortSignal;
  readonly log: EngineLog;
}

export interface CreateOperation extends Operation {
  readonly inputs: Properties;
}

export interface ReadOperation extends Operation {
  readonly id: string;
  /** Empty on import. */
  readonly inputs: Properties;
  readonly state: Properties;
}

export interface UpdateOperation extends Operation {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

export interface DeleteOperation extends Operation {
  readonly id: string;
  readonly state: Properties;
}

/** What a read found. */
export interface ReadResult {
  readonly inputs: Properties;
  readonly state: Properties;
  /** Where it differs from the id asked for: the full id for a short one. */
  readonly id: string;
}

/** One type of resource. The service around it deals with the wire, secrets and unknown values. */
export interface ResourceType {
  /**
   * Fills in defaults and names what is not acceptable. `suffix` makes a name unique, and is the same in the preview and
   * in the update that follows it.
   */
  check(
    inputs: Properties,
    olds: Properties,
    name: string,
    suffix: string,
  ): { inputs: Properties; failures: readonly CheckFailure[] };
  diff(state: Properties, inputs: Properties): Diff;
  /** Outputs as far as they are known before the update. */
  preview(inputs: Properties, state: Properties | null): Properties;
  create(operation: CreateOperation): Promise<{ id: string; state: Properties }>;
  /** Undefined: the resource is gone. */
  read(operation: ReadOperation): Promise<ReadResult | undefined>;
  update(operation: UpdateOperation): Promise<Properties>;
  delete(operation: DeleteOperation): Promise<void>;
  /** Outputs that become secret as soon as any input is secret, because they may repeat it. */
  readonly derivedOutputs: readonly string[];
}

/** The resource exists but is not as it should be: Pulumi records it, with the reason, and tries again in the next update. */
export class InitializationFailed extends Error {
  constructor(
    readonly id: string,
    readonly state: Readonly<Record<string, Value>>,
    reason: string,
  ) {
    super(reason);
  }
}
