import * as pulumi from "@pulumi/pulumi";
import { stepCommand } from "../../config/stepCommand";
import type { HostAddress } from "../../rules/host/hostAddress";
import type { SecretsSettings } from "../../rules/serviceSecrets";
import type { StatefulWork } from "../../rules/stateful/statefulDecision";
import { createOperation } from "../hostOperation";

export interface StatefulServicesArgs {
  /** What each is to run as; never what the configuration wants by now, see `decideStateful`. */
  readonly work: readonly StatefulWork[];
  readonly prefix: string;
  readonly stack: string;
  /** The Docker host; null: this machine. */
  readonly host: HostAddress | null;
  /** Directory of the stack's records on the Docker host. */
  readonly directory: string;
  readonly secrets: SecretsSettings;
  /** What must be there first: the network. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Services with data of their own beside both sets: a cache, a queue, a database. Each is one operation: a container of
 * Pulumi's own would be replaced by the first update that finds another image, with whatever data it finds.
 *
 * Its volume is no resource. No update, no destruction and no edited state deletes it.
 */
export class StatefulServices extends pulumi.ComponentResource {
  /** What a release needs to be there first. */
  public readonly operations: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: StatefulServicesArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:StatefulServices", name, {}, opts);
    const { work, prefix, stack, host, directory, secrets } = args;
    this.operations = work.map((each) =>
      createOperation(
        `${name}-${each.service}`,
        "applyStateful",
        { prefix, directory, ...(host ? { host } : {}), stack, secrets, ...each },
        { parent: this, dependsOn: [...args.after] },
        { delete: stepCommand("removeStateful") },
      ),
    );
    this.registerOutputs({});
  }
}
