import * as pulumi from "@pulumi/pulumi";
import { stepCommand } from "../../config/stepCommand";
import type { HostAddress } from "../../rules/host/hostAddress";
import type { ObservabilityPlan } from "../../rules/observability/plan";
import { createOperation } from "../hostOperation";

/** What an observability stack is to be, and how often it was to be something. */
export interface WantedObservability {
  readonly plan: ObservabilityPlan;
  /** Of the plan; the record has it once the plan is carried out. */
  readonly hash: string;
  /** Counts its changes: another one where the host does not show what it is to be. */
  readonly number: number;
}

export interface ObservabilityArgs {
  readonly wanted: WantedObservability;
  readonly prefix: string;
  /** The Docker host; null: this machine. */
  readonly host: HostAddress | null;
  /** Directory of the stack's records on the Docker host. */
  readonly directory: string;
  /** What must be done first: the release. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Prometheus and Alertmanager beside a stack. They belong to no set and to no release, come after it, and are one
 * operation that never fails: containers of Pulumi's own would fail an update whose release is out, or hold one back.
 *
 * What they remember is in volumes that no update and no destruction removes.
 */
export class Observability extends pulumi.ComponentResource {
  constructor(name: string, args: ObservabilityArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:Observability", name, {}, opts);
    const { wanted, prefix, host, directory } = args;
    createOperation(
      `${name}-servers`,
      "applyObservability",
      { prefix, directory, ...(host ? { host } : {}), ...wanted },
      { parent: this, dependsOn: [...args.after] },
      { delete: stepCommand("removeObservability") },
    );
    this.registerOutputs({});
  }
}
