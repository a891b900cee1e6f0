import { Container } from "@pulumi/docker/container";
import * as pulumi from "@pulumi/pulumi";
import { replicaAddress } from "../../release/addresses";
import { containerEnvironment, containerLabels } from "../../rules/host/expectedContainer";
import { containerName, imageReference } from "../../rules/stepInput";
import type { Color, ReleaseRecord } from "../../release/release";
import { startOrder } from "../../release/rolling";
import { deliveredTo, SECRETS_MOUNT, secretsSource } from "../../rules/serviceSecrets";
import { hardenedContainer, REPLACED_ON_CHANGE } from "./hardenedContainer";
import { StartTurns } from "./startTurns";

export interface ContainerSetArgs {
  readonly color: Color;
  /** The release the set holds, as recorded when it was placed; never today's files. */
  readonly record: ReleaseRecord;
  /** False: leave every container exactly as it is. */
  readonly touch: boolean;
  /** How many of its containers are replaced and started at once; Infinity: all. */
  readonly startsAtOnce: number;
  /** Whether the engine refuses to delete or replace its containers. */
  readonly protect: boolean;
  /** Whether new containers are made without being started: each service is when its turn comes. */
  readonly rolls: boolean;
  /** What must be done before the first container is touched. */
  readonly after: readonly pulumi.Resource[];
  /** Prefix of all names the stack uses on the Docker host. */
  readonly prefix: string;
  readonly network: string;
  readonly subnet: string;
  /** Directory on the host that holds all sets' secrets. */
  readonly secretsDirectory: string;
  /** Service -> variable -> value, for secrets that a service wants in its plain environment. */
  readonly secretVariables: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * One color's containers. Gets no traffic until the switch points at it.
 *
 * A set that is not placed in this update ignores all changes, so neither a new version of this program nor an edited
 * file can replace what serves or what is kept warm; a container that was lost is still made again.
 */
export class ContainerSet extends pulumi.ComponentResource {
  /** Service name -> the names of its containers. */
  public readonly containers: pulumi.Output<Record<string, string[]>>;

  constructor(name: string, args: ContainerSetArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:ContainerSet", name, {}, opts);
    const childOpts: pulumi.CustomResourceOptions = {
      parent: this,
      protect: args.protect,
      ...(args.touch
        ? // Names are fixed: the new container needs the old one's.
          { replaceOnChanges: REPLACED_ON_CHANGE, deleteBeforeReplace: true }
        : { ignoreChanges: ["*", ...ignoredByName(args.record)] }),
    };
    // What is left as it is starts nothing.
    const turns = new StartTurns(args.touch ? args.startsAtOnce : Infinity);
    const created = new Map<string, Container[]>();
    for (const service of startOrder(args.record)) {
      const before = args.record.services[service]!.dependsOn.flatMap(
        (needed) => created.get(needed) ?? [],
      );
      created.set(
        service,
        createReplicas(name, args, turns, service, {
          ...childOpts,
          dependsOn: [...args.after, ...before],
        }),
      );
    }
    const names = [...created].map(
      ([service, containers]) =>
        [service, pulumi.all(containers.map((container) => container.name))] as const,
    );
    this.containers = pulumi.output(Object.fromEntries(names));
    this.registerOutputs({ containers: this.containers });
  }
}

/**
 * What the official provider changes for "*" alone. It writes "1" into its state as "1.0" for `cpus`, and replaces the
 * container for that; a refresh writes the shares that the gate has given, and it takes them away again.
 */
function ignoredByName({ startShares }: ReleaseRecord): string[] {
  return startShares === undefined ? ["cpus"] : ["cpus", "cpuShares"];
}

function createReplicas(
  name: string,
  args: ContainerSetArgs,
  turns: StartTurns,
  service: string,
  opts: pulumi.CustomResourceOptions,
): Container[] {
  const settings = args.record.services[service]!;
  const { startShares } = args.record;
  const declared = args.record.declared?.[service];
  return Array.from({ length: settings.replicas }, (_, replica) => {
    const address = replicaAddress(args.subnet, args.color, args.record.slots[service]!, replica);
    return turns.give(
      (atTurn) =>
        new Container(
          `${name}-${service}-${replica}`,
          {
            name: atTurn(containerName(args.prefix, args.color, service, replica)),
            image: imageReference(settings),
            ...(settings.command ? { command: [...settings.command] } : {}),
            envs: renderEnvironment(args, service),
            ...mountSecrets(args, service),
            labels: Object.entries(containerLabels(args, service, replica)).map(
              ([label, value]) => ({
                label,
                value,
              }),
            ),
            networksAdvanced: [{ name: args.network, ipv4Address: address, aliases: [] }],
            ...hardenedContainer({ ...settings, declared }),
            // One that is lost and made again in a set that no gate will look at has all of it.
            ...(args.touch && startShares !== undefined ? { cpuShares: startShares } : {}),
            ...(args.touch && args.rolls ? { start: false, mustRun: false } : {}),
            // The gate and the edge ask over HTTP. The engine would start a process in each container for every probe.
            ...(declared?.healthcheck ? { healthcheck: { tests: ["NONE"] } } : {}),
          },
          opts,
        ),
    );
  });
}

/** A service's environment. With a secret's value among it, all of it is a Pulumi secret. */
function renderEnvironment(args: ContainerSetArgs, service: string): pulumi.Input<string[]> {
  const values = args.secretVariables[service] ?? {};
  const lines = Object.entries({ ...containerEnvironment(args, service), ...values })
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  return Object.keys(values).length > 0 ? pulumi.secret(lines) : lines;
}

/** The service's own files and no other's, read-only. */
function mountSecrets(args: ContainerSetArgs, service: string) {
  const delivered = deliveredTo(args.record, service);
  if (!delivered) return {};
  const { secretsDirectory, prefix, color } = args;
  const source = secretsSource(secretsDirectory, prefix, color, service, delivered);
  return { mounts: [{ type: "bind", source, target: SECRETS_MOUNT, readOnly: true }] };
}
