import * as path from "node:path";
import type Docker from "dockerode";
import { COLORS } from "../release/release";
import { EDGE_MOUNT, edgeContainerName } from "../rules/edge/edgeLayout";
import { LABELS } from "../rules/host/containerLabels";
import type { RecordedStack } from "../rules/prune/keptReleases";
import type { Host } from "./host";
import { HostDirectory } from "./hostDirectory";

/** Where stacks keep their records that name no directory. */
const USUAL_ROOT = "/var/lib/maestro";

/** A stack by its name on the host, `shop-demo`, and where its records are there. */
export interface StackPlace {
  readonly name: string;
  readonly directory: string;
}

/** The stacks that there are on a host, of all projects. */
export interface StacksOnHost {
  readonly places: readonly StackPlace[];
  /** Traces of stacks whose records were not found, a line each. */
  readonly unknown: readonly string[];
}

/**
 * Finds the stacks of all projects and clones that use a host: by their containers, by the directory that their edges
 * read, and below /var/lib/maestro, where those that were destroyed are too.
 *
 * @param known stacks that the caller knows of; one that was never released has no records yet.
 */
export async function findStacks(
  { files }: Pick<Host, "files">,
  engine: Docker,
  known: readonly StackPlace[],
): Promise<StacksOnHost> {
  const containers = await engine.listContainers({ all: true, filters: { label: [LABELS.stack] } });
  const labelled = containers.map((container) => ({
    name: container.Labels[LABELS.stack] ?? "",
    container: container.Names[0]?.slice(1) ?? container.Id,
    source: container.Mounts.find(({ Destination }) => Destination === EDGE_MOUNT)?.Source,
  }));
  const unknown: string[] = [];
  const edges: StackPlace[] = [];
  for (const { name, container, source } of labelled) {
    if (container !== edgeContainerName(name)) continue;
    if (source === undefined) {
      unknown.push(`container ${container} is of a stack, and shows no directory`);
      continue;
    }
    const directory = source.replace(/\/edge$/, "");
    if (await files.exists(recordsOf(directory))) edges.push({ name, directory });
    else unknown.push(`container ${container} is of a stack whose records are not in ${directory}`);
  }
  const usual = await findUsual(files);
  const places = [...known, ...edges, ...usual];
  const names = new Set([...places.map(({ name }) => name), ""]);
  const strangers = labelled.filter(({ name }) => !names.has(name));
  for (const { name, container } of strangers) {
    if (container === edgeContainerName(name)) continue;
    unknown.push(`container ${container} is of stack ${name}, which has no edge and no records`);
  }
  const byDirectory = new Map(
    places.map((place) => [path.posix.normalize(place.directory), place]),
  );
  return { places: [...byDirectory.values()], unknown };
}

async function findUsual(files: Host["files"]): Promise<StackPlace[]> {
  const entries = await files.list(USUAL_ROOT);
  const places = entries.map(({ name }) => ({
    name,
    directory: path.posix.join(USUAL_ROOT, name),
  }));
  const areStacks = await Promise.all(
    places.map(({ directory }) => files.exists(recordsOf(directory))),
  );
  return places.filter((_, index) => areStacks[index]);
}

function recordsOf(directory: string): string {
  return path.posix.join(directory, "records");
}

/** What a stack's records say of its releases. @throws Error when one is damaged. */
export async function readRecordedStack(
  host: Pick<Host, "files">,
  { name, directory }: StackPlace,
): Promise<RecordedStack> {
  const { records } = new HostDirectory(host, directory);
  const [recorded, rejections, beside, ...placements] = await Promise.all([
    records.listReleases(),
    records.listRejections(),
    records.stateful.all(),
    ...COLORS.map((color) => records.readPlacement(color)),
  ]);
  return {
    ...{ name, recorded },
    beside: [...beside.values()].flatMap(({ applied, update }) =>
      [applied, update?.to].flatMap((plan) =>
        plan ? [plan.image.slice(plan.image.indexOf("@") + 1)] : [],
      ),
    ),
    held: placements.flatMap((placement) => (placement ? [placement.record] : [])),
    rejected: new Set(rejections.map(({ release }) => release)),
  };
}
