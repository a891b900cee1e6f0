import type Docker from "dockerode";
import { findFreePort, findListener, isPortTaken } from "../config/ports";
import type { ListenAddress, Settings } from "../config/settings";
import type { Host } from "./host";
import type { EdgeRecord } from "../records/stackRecords";
import { EDGE_MOUNT, edgeContainerName } from "../rules/edge/edgeLayout";
import { listenUrl } from "../rules/edge/listenUrl";
import { HostError } from "../rules/host/asking";
import {
  ADDRESS_FILES,
  readNameservers,
  readRoutes,
  type MachineAddress,
} from "../rules/host/machineAddresses";
import { freeSubnet, subnetsOverlap } from "../rules/host/subnets";

/** What a stack wants of the machine that another one may have. */
export interface MachineWishes {
  readonly stack: string;
  /** What the stack's names on the host start with. */
  readonly prefix: string;
  readonly settings: Pick<Settings, "directory" | "edge" | "host" | "subnet">;
  /** The stack's edge as its own records have it; null: it has none yet. */
  readonly edge: Pick<EdgeRecord, "urls"> | null;
}

/**
 * Which addresses, which network and which names of a new stack another project or clone has on the host, a line each.
 * Of a stack that has an edge only a listening address that is new is looked at: nothing else of it can be taken. Empty
 * where the engine does not answer, which the look at the edge says better.
 */
export async function findMachineProblems(host: Host, wishes: MachineWishes): Promise<string[]> {
  const { edge, settings, prefix } = wishes;
  const isKnown = ({ listen }: ListenKey) => edge?.urls.includes(listenUrl(listen)) ?? false;
  const keys = listenKeys(settings.edge);
  const wanted = edge === null ? keys : keys.slice(0, 1).filter((key) => !isKnown(key));
  if (wanted.length === 0) return [];
  const found = await lookAround(host);
  if (found === null) return [];
  if (edge !== null) return findTakenPorts(host, wishes, wanted, found);
  const owner = findOwner(wishes, found);
  if (owner !== null) {
    return [
      `maestro:directory: container ${edgeContainerName(prefix)} is of a stack of the same name whose files are in ` +
        `${owner}, got ${settings.directory}; work there if that is another clone of this project, or rename one of ` +
        `them (\`name:\` in Pulumi.yaml, \`pulumi stack rename\`); set maestro:directory to it if it was moved`,
    ];
  }
  return [
    ...(await findTakenPorts(host, wishes, wanted, found)),
    ...findOverlaps(wishes, found.networks, await lookBeyond(host, settings)),
  ];
}

interface ListenKey {
  readonly key: string;
  readonly listen: ListenAddress;
}

function listenKeys({ listen, preview, tls }: Settings["edge"]): ListenKey[] {
  return [
    { key: "edge.listen", listen },
    { key: "edge.preview", listen: preview },
    ...(tls ? [{ key: "edge.tls.listen", listen: tls.listen }] : []),
  ];
}

interface Surroundings {
  readonly containers: readonly Docker.ContainerInfo[];
  readonly networks: readonly Docker.NetworkInspectInfo[];
}

async function lookAround(host: Host): Promise<Surroundings | null> {
  try {
    const engine = await host.engine();
    const [containers, networks] = await Promise.all([
      engine.listContainers({ all: true }),
      engine.listNetworks(),
    ]);
    return { containers, networks };
  } catch (error) {
    if (error instanceof HostError) throw error;
    return null;
  }
}

/** Where the files are of the stack whose edge has this stack's name; null: here, or there is no such edge. */
function findOwner({ prefix, settings }: MachineWishes, { containers }: Surroundings) {
  const edge = containers.find(({ Names }) => Names.includes(`/${edgeContainerName(prefix)}`));
  const source = edge?.Mounts.find(({ Destination }) => Destination === EDGE_MOUNT)?.Source;
  const own = `${settings.directory}/edge`;
  return source === undefined || source === own ? null : source.replace(/\/edge$/, "");
}

async function findTakenPorts(
  host: Host,
  { stack, prefix, settings }: MachineWishes,
  wanted: readonly ListenKey[],
  { containers }: Surroundings,
): Promise<string[]> {
  // Of a host elsewhere only the engine can say what listens.
  const isHere = settings.host === null && isEngineHere();
  const publisher = ({ address, port }: ListenAddress) =>
    containers.find(({ Ports }) =>
      Ports.some(({ IP, PublicPort }) => PublicPort === port && shareAddress(IP, address)),
    );
  const proposed = new Set(listenKeys(settings.edge).map(({ listen }) => listen.port));
  const problems: string[] = [];
  for (const { key, listen } of wanted) {
    const { address, port } = listen;
    const name = publisher(listen)?.Names[0]?.slice(1);
    if (name === edgeContainerName(prefix)) continue;
    if (name === undefined && !(isHere && (await isPortTaken(address, port)))) continue;
    const who = name ? `container ${name}` : (findListener(port) ?? "a program of another user");
    const isAvoided = (other: number) =>
      proposed.has(other) || publisher({ address, port: other }) !== undefined;
    const free = await findFreePort(address, port, isAvoided);
    if (free !== null) proposed.add(free);
    const remedy =
      free === null ? "take another one" : setCommand(key, `${address}:${free}`, stack);
    problems.push(
      `maestro:${key}: is taken on ${host.name} by ${who}, got ${address}:${port}; stop that, or ${remedy}`,
    );
  }
  return problems;
}

function isEngineHere(): boolean {
  return /^(unix:|$)/.test(process.env["DOCKER_HOST"] ?? "");
}

function shareAddress(published: string | undefined, wanted: string): boolean {
  const all = ["0.0.0.0", "::", ""];
  return published === wanted || all.includes(published ?? "") || all.includes(wanted);
}

/** What a host reaches beyond itself. */
interface Beyond {
  readonly addresses: readonly MachineAddress[];
  /** Networks that are not proposed to a stack. */
  readonly networks: readonly string[];
}

/** Empty where the engine is on another machine than the files that say so. */
async function lookBeyond({ files }: Host, settings: MachineWishes["settings"]): Promise<Beyond> {
  if (settings.host === null && !isEngineHere()) return { addresses: [], networks: [] };
  const read = async (file: string) => (await files.read(file))?.toString("utf8") ?? "";
  const { resolver, resolved, routes } = ADDRESS_FILES;
  const { gateways, networks } = readRoutes(await read(routes));
  const servers = [
    ...readNameservers(await read(resolver)),
    ...readNameservers(await read(resolved)),
  ];
  return { addresses: [...servers, ...gateways], networks };
}

/** A network of containers is a route of its own on the host: what else has an address in it is not reached any more. */
function findOverlaps(
  { stack, prefix, settings }: MachineWishes,
  networks: Surroundings["networks"],
  beyond: Beyond,
): string[] {
  const others = networks
    .filter(({ Name }) => Name !== prefix)
    .flatMap(({ Name, IPAM }) =>
      (IPAM?.Config ?? []).flatMap(({ Subnet: range }) => (range ? [{ Name, range }] : [])),
    );
  const isTaken = ({ range }: { range: string }) => subnetsOverlap(range, settings.subnet);
  const network = others.find(isTaken);
  const address = beyond.addresses.find(isTaken);
  if (!network && !address) return [];
  const used = [...others, ...beyond.addresses].map(({ range }) => range);
  const free = freeSubnet([...used, ...beyond.networks]);
  const remedy = free === null ? "take another one" : setCommand("network.subnet", free, stack);
  return network
    ? [
        `maestro:network.subnet: overlaps the network ${network.Name} (${network.range}) on the host, got ` +
          `${settings.subnet}; remove that, or ${remedy}`,
      ]
    : [
        `maestro:network.subnet: covers ${address?.says}, which ${settings.host?.name ?? "this machine"} then could ` +
          `not reach, got ${settings.subnet}; ${remedy}`,
      ];
}

function setCommand(key: string, value: string, stack: string): string {
  return `take a free one: \`pulumi config set --path maestro:${key} ${value} --stack ${stack}\``;
}
