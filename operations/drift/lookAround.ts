import path from "node:path";
import type { Host } from "../../host/host";
import type { LeftFile, Labelled, ListedContainer } from "../../rules/drift/facts";
import { LABELS } from "../../rules/host/containerLabels";
import { STATEFUL_LABEL } from "../../rules/stateful/statefulPlan";

/** All that is on a host beside what a stack's records want. */
export interface Surroundings {
  readonly containers: readonly ListedContainer[];
  readonly networks: readonly Labelled[];
  readonly volumes: readonly Labelled[];
  readonly leftFiles: readonly LeftFile[];
}

/** Where steps write a file beside the one that it becomes. */
const DIRECTORIES = [
  ...["edge/conf", "edge/switch", "edge/tls", "edge/challenges", "records"],
  ...["releases", "rejected", "events", "apis", "traffic", "notices", "stateful"].map(
    (it) => `records/${it}`,
  ),
];
const TEMPORARY = /^candidate[\w-]*\.conf$|^[\w.-]+\.[0-9a-f]{8}\.tmp$/;
/** No step writes one file for so long. */
const LEFT_AFTER_MILLISECONDS = 10 * 60_000;

/** Asks the Engine for all containers, and for the stack's networks and volumes, and the host for files. */
export async function lookAround(
  host: Host,
  prefix: string,
  directory: string,
): Promise<Surroundings> {
  const engine = await host.engine();
  const filters = { label: [`${LABELS.stack}=${prefix}`] };
  const [containers, networks, { Volumes }, leftFiles] = await Promise.all([
    engine.listContainers({ all: true }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters: JSON.stringify(filters) }),
    findLeftFiles(host, directory),
  ]);
  return {
    containers: containers.map((each) => ({
      name: (each.Names[0] ?? each.Id).replace(/^\//, ""),
      state: each.State,
      createdAt: new Date(each.Created * 1000).toISOString(),
      labels: each.Labels,
      networks: Object.keys(each.NetworkSettings?.Networks ?? {}),
      ports: each.Ports.flatMap(({ IP, PublicPort }) =>
        PublicPort ? [{ address: IP ?? "0.0.0.0", port: PublicPort }] : [],
      ),
    })),
    networks: networks.map(({ Name, Created }) => ({ name: Name, createdAt: Created ?? null })),
    // The data of stateful services stay, also of one that a stack has no more, and of before an update.
    volumes: Volumes.filter(isNoData).map((volume) => ({
      name: volume.Name,
      createdAt: (volume as { CreatedAt?: string }).CreatedAt ?? null,
    })),
    leftFiles,
  };
}

function isNoData({ Labels }: { readonly Labels?: Readonly<Record<string, string>> | null }) {
  return Labels?.[STATEFUL_LABEL] === undefined;
}

async function findLeftFiles({ files }: Host, directory: string): Promise<LeftFile[]> {
  const found = await Promise.all(
    DIRECTORIES.map(async (below) => {
      const there = path.posix.join(directory, below);
      return (await files.list(there)).map((file) => ({ ...file, there }));
    }),
  );
  return found
    .flat()
    .filter(({ name, modifiedAt }) => {
      return TEMPORARY.test(name) && modifiedAt < Date.now() - LEFT_AFTER_MILLISECONDS;
    })
    .map(({ there, name, modifiedAt }) => ({
      file: path.posix.join(there, name),
      writtenAt: new Date(modifiedAt).toISOString(),
    }));
}
