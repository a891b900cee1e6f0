import { replicaAddress } from "../../release/addresses";
import { LABELS } from "./containerLabels";
import { containerName, expectedReplicas } from "../stepInput";
import type { Color, ReleaseRecord } from "../../release/release";
import { scratchSpace } from "./scratchSpace";
import { telemetryEnvironment, type TracedSet } from "./telemetry";
import {
  deliveredTo,
  environmentSecrets,
  secretFileVariables,
  secretsSource,
} from "../serviceSecrets";

/** A set as its record describes it. */
export interface ExpectedSet {
  /** Prefix of all names the stack uses on the Docker host, and the name of its network. */
  readonly prefix: string;
  readonly color: Color;
  readonly record: ReleaseRecord;
  /** Network that the addresses are in; null: the host has not noted it. */
  readonly subnet: string | null;
}

/** One container as a release's record wants it, in the Docker Engine's own units. */
export interface ExpectedContainer {
  readonly name: string;
  readonly service: string;
  readonly replica: number;
  readonly image: string;
  /** Null: the image's own. */
  readonly command: readonly string[] | null;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that hold a secret's value: only that they are there can be said. */
  readonly secretVariables: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly address: string | null;
  /** End of the path on the host that must be mounted at /run/secrets; null: no secrets. */
  readonly secretsSource: string | null;
  readonly scratchPaths: readonly string[];
  readonly memoryBytes: number;
  readonly nanoCpus: number;
  readonly processes: number;
  readonly stopSeconds: number;
}

const MEGABYTE = 1024 * 1024;
const NANOS_PER_CPU = 1e9;

/** Every container that a set must have. */
export function expectedContainers(set: ExpectedSet): ExpectedContainer[] {
  return expectedReplicas(set.record).map(({ service, replica, image }) => {
    const settings = set.record.services[service]!;
    const slot = set.record.slots[service];
    const secretVariables = environmentSecrets(settings);
    const environment = Object.entries(containerEnvironment(set, service));
    return {
      name: containerName(set.prefix, set.color, service, replica),
      service,
      replica,
      image,
      command: settings.command,
      user: settings.user,
      environment: Object.fromEntries(
        environment.filter(([variable]) => !secretVariables.includes(variable)),
      ),
      secretVariables,
      labels: containerLabels(set, service, replica),
      network: set.prefix,
      address:
        set.subnet === null || slot === undefined
          ? null
          : replicaAddress(set.subnet, set.color, slot, replica),
      secretsSource: expectedSecrets(set, service),
      scratchPaths: Object.keys(scratchSpace(settings, set.record.declared?.[service])),
      memoryBytes: settings.resources.memoryMegabytes * MEGABYTE,
      nanoCpus: Math.round(Number(settings.resources.cpus) * NANOS_PER_CPU),
      processes: settings.resources.pids,
      stopSeconds: settings.stopGraceSeconds,
    };
  });
}

/**
 * A service's environment, except its secrets' values. No release id in it unless its traces are kept: that replaces every
 * container at each deploy.
 */
export function containerEnvironment(set: TracedSet, service: string): Record<string, string> {
  const settings = set.record.services[service]!;
  return {
    ...settings.env,
    ...telemetryEnvironment(set, service),
    ...secretFileVariables(settings),
    MAESTRO_SERVICE: service,
    MAESTRO_SET: set.color,
    MAESTRO_DIGEST: settings.digest,
  };
}

/** The labels by which one replica's container is found again. */
export function containerLabels(
  { prefix, color, record }: Pick<ExpectedSet, "prefix" | "color" | "record">,
  service: string,
  replica: number,
): Record<string, string> {
  return {
    [LABELS.stack]: prefix,
    [LABELS.color]: color,
    [LABELS.service]: service,
    [LABELS.replica]: String(replica),
    [LABELS.generation]: String(record.generations?.[service] ?? record.generation),
  };
}

/** The directory itself may have been moved since (`maestro:secrets.directory`); what is below it tells the version. */
function expectedSecrets({ prefix, color, record }: ExpectedSet, service: string): string | null {
  const delivered = deliveredTo(record, service);
  return delivered && secretsSource("", prefix, color, service, delivered);
}
