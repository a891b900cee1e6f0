import { withHost } from "../host/connectHost";
import { listSet, WITH_VOLUMES } from "../host/engine";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { ensureImages } from "../host/images";
import { engineLogin } from "../registry/login";
import { imageReference, type ClaimInput } from "../rules/stepInput";
import { readInput } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";

const DEFAULT_GRACE_SECONDS = 10;

/**
 * Runs before the first container of the idle set is touched: notes what the set will hold, not yet proven, so that no
 * later update takes a half-changed set for the release it used to be; and removes what a killed run left behind.
 *
 * The images come first: the docker provider replaces a container by deleting it, and a pull can fail.
 */
export async function main(): Promise<void> {
  const input = readInput<ClaimInput>("claimSet");
  await withHost(input.host, (host) => claim(host, input));
}

async function claim(host: Host, input: ClaimInput): Promise<void> {
  const { color, record, placement } = input;
  const directory = new HostDirectory(host, input.directory);
  const before = await directory.records.readPlacement(color);
  // Its resource was lost or replaced (`pulumi state delete`, `--replace`), and nothing is to be placed.
  if (before?.number === placement && before.record.id === record.id) {
    console.log(`${color} set holds release ${record.id} already`);
    return;
  }
  if ((await directory.edge.readActiveColor()) === color) {
    throw new Error(
      `${color} serves users, so it cannot take release ${record.id}: the traffic was moved after this update was ` +
        `planned; run it again`,
    );
  }
  const { registry } = input;
  const references = Object.values(record.services).map(imageReference);
  const login = registry && ((name: string) => engineLogin(name, { kind: "ecr", ...registry }));
  await ensureImages(await host.engine(), references, login);
  await directory.records.writeRelease(record);
  await directory.records.writePlacement(color, { number: placement, record, proven: false });
  await noteEvent(directory.records, { kind: "claimed", release: record.id, color });
  if (!before?.proven) await emptySet(host, input);
  await nameStack(directory, input);
  console.log(`${color} set taken for release ${record.id}`);
}

/** So that a renamed stack is told from the one it was, also where an older version has configured the edge. */
async function nameStack(directory: HostDirectory, { prefix }: ClaimInput): Promise<void> {
  const edge = await directory.records.readEdge();
  if (edge && edge.prefix === undefined) await directory.records.writeEdge({ ...edge, prefix });
}

/**
 * A run that failed or was killed may have left containers that no state knows; their names and addresses would be in
 * the way. The plan makes such a set from nothing, so whatever is left of it goes, with time to finish what it does.
 */
async function emptySet(host: Host, { prefix, color, record }: ClaimInput): Promise<void> {
  const engine = await host.engine();
  await Promise.all(
    (await listSet(engine, prefix, color)).map(async ({ id, name, service, state }) => {
      const container = engine.getContainer(id);
      const grace = record.services[service]?.stopGraceSeconds ?? DEFAULT_GRACE_SECONDS;
      if (state === "running") await container.stop({ t: grace });
      await container.remove(WITH_VOLUMES);
      console.log(`removed ${name}, left behind by an update that did not finish`);
    }),
  );
}
