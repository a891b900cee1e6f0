import { Container } from "@pulumi/docker/container";
import { Volume } from "@pulumi/docker/volume";
import * as pulumi from "@pulumi/pulumi";
import type { PostgresSettings } from "../../config/settings";
import { databaseAddress } from "../../release/addresses";
import { LABELS } from "../../rules/host/containerLabels";
import { POSTGRES_DATA, postgresContainerName } from "../../rules/database/postgresLayout";
import { hardenedContainer, LASTING_IGNORED } from "./hardenedContainer";

export interface PostgresDatabaseArgs {
  readonly settings: PostgresSettings;
  readonly prefix: string;
  readonly subnet: string;
  /** What must be there first: the network. */
  readonly after: readonly pulumi.Resource[];
}

/** User that the server runs as. */
const POSTGRES_USER = "10001:10001";
/** Time for a checkpoint, in seconds. */
const STOP_GRACE_SECONDS = 30;

/**
 * PostgreSQL on the stack's host, for services' databases. No port is published: it is reached by name in the stack's
 * network, by password, and inside its own container by the server's user.
 *
 * The volume is protected: no update deletes the data, whatever becomes of the container.
 */
export class PostgresDatabase extends pulumi.ComponentResource {
  /** Name of its container, which is also its host name. */
  public readonly host: pulumi.Output<string>;

  constructor(
    name: string,
    args: PostgresDatabaseArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:PostgresDatabase", name, {}, opts);
    const { prefix, subnet, settings } = args;
    const labels = [{ label: LABELS.stack, value: prefix }];
    const volume = new Volume(
      `${name}-data`,
      { name: postgresContainerName(prefix), labels },
      // Any change would replace it, and with it the data.
      { parent: this, protect: true, ignoreChanges: ["*"] },
    );
    const container = new Container(
      `${name}-server`,
      {
        name: postgresContainerName(prefix),
        image: settings.image,
        labels,
        networksAdvanced: [{ name: prefix, ipv4Address: databaseAddress(subnet), aliases: [] }],
        mounts: [{ type: "volume", source: volume.name, target: POSTGRES_DATA }],
        ...hardenedContainer({
          user: POSTGRES_USER,
          resources: { memoryMegabytes: settings.memoryMegabytes, cpus: "1" },
          stopGraceSeconds: STOP_GRACE_SECONDS,
          scratchPaths: ["/tmp"],
        }),
        stopSignal: "SIGINT",
      },
      { parent: this, dependsOn: [...args.after], ignoreChanges: LASTING_IGNORED },
    );
    this.host = container.name;
    this.registerOutputs({ host: this.host });
  }
}
