import type * as pulumi from "@pulumi/pulumi";
import type { StackRecords } from "../records/stackRecords";
import type { Outcome } from "../release/outcome";
import type { ImageDeclarations, Release } from "../release/release";
import type { ObservedState, RolloutPlan } from "../release/rolloutPlan";
import type { StackOutputs } from "../release/stackOutputs";
import type { HistoryRevision } from "../rules/database/alembicHistory";
import type { SecretVariables } from "../rules/serviceSecrets";
import type { StatefulWork } from "../rules/stateful/statefulDecision";
import type { StatefulPlan } from "../rules/stateful/statefulPlan";

/** What an update means to do. */
export interface Decision {
  readonly desired: Release;
  readonly rollout: RolloutPlan;
}

/** What is in the way of a decision; each part is rejected with a PlanError, a HostError or a RegistryError. */
export interface Objections {
  /** What the images of a release to be placed declare; nothing where none is placed. */
  readonly declared: Promise<ImageDeclarations>;
  readonly others: readonly Promise<unknown>[];
}

/** An image and how its revisions are found in it. */
export interface RevisionSource {
  /** By digest. */
  readonly image: string;
  /** The service's migration: says which configuration Alembic uses. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What users' requests pass through, once it is registered. */
export interface Serving {
  /** Where users' requests arrive. */
  readonly url: pulumi.Output<string>;
  /** Where the idle set can be tried. */
  readonly previewUrl: pulumi.Output<string>;
  /** What serves once the traffic has moved, or was left where it is: asked, never planned. Null: nothing serves. */
  readonly outcome: pulumi.Output<Outcome | null>;
  /** The release; what comes after its switch is its child. */
  readonly release: pulumi.Resource;
}

/** A look at where a stack runs, before an update decides anything. */
export interface Sight {
  /** What the stack keeps where it runs. */
  readonly records: StackRecords;
  /** What serves and what waits; null: nothing of the stack is there. */
  readonly observed: ObservedState | null;

  /**
   * Asks side by side whatever of the target can be in the way. A switch to a set that was proven needs little: with
   * traffic on a bad release, going back must not wait for a registry.
   */
  examine(decision: Decision): Objections;

  /**
   * The revisions of a database in an image, newest first; null: nobody can ask it.
   *
   * @throws Error when the image cannot tell.
   */
  readHistory(source: RevisionSource): Promise<readonly HistoryRevision[] | null>;

  /**
   * The SQL that an image's migration would run on a database at some revisions; empty: at none.
   *
   * @throws Error when the image cannot tell.
   */
  readUpgradeSql(source: RevisionSource, from: readonly string[]): Promise<string>;

  /** Memory of the machine, in bytes; null: nobody can say. */
  memoryBytes(): Promise<number | null>;

  /** Whether a stateful service runs as its record says. */
  isStatefulUp(service: string, plan: StatefulPlan, volume: string): Promise<boolean>;

  /** Registers all that the plan's release needs, and what runs beside it. Asked after the look is over. */
  register(
    plan: RolloutPlan,
    beside: {
      readonly secretVariables: SecretVariables;
      readonly stateful: readonly StatefulWork[];
    },
    opts: pulumi.ComponentResourceOptions,
  ): Serving;
}

/**
 * Where a release runs, as the program of an update sees it; the steps act through {@link TargetHands}. A target brings
 * both, and the records of both are the same.
 */
export interface Target {
  /**
   * Registers the resource plugins that it uses, before anything else, so that they start while the program looks.
   *
   * @param previous the last outputs, which are being read from the state.
   */
  createProviders(
    previous: Promise<unknown>,
    opts?: pulumi.ResourceOptions,
  ): Promise<pulumi.ProviderResource[]>;

  /**
   * Looks at what is there, touches nothing, and keeps its connection for as long as `use` takes.
   *
   * @param previous the last outputs; waited for only where the records do not say everything.
   * @throws PlanError where what is there belongs to a stack of another name or network.
   */
  look<T>(previous: Promise<Partial<StackOutputs>>, use: (sight: Sight) => Promise<T>): Promise<T>;
}
