import { connectHost } from "../../host/connectHost";
import { listSet, logSinceStart, WITH_VOLUMES } from "../../host/engine";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { ensureImages } from "../../host/images";
import { awaitTurn } from "../../host/pruneTurn";
import { stopForGood } from "../../host/restartPolicy";
import type { EdgeRecord, StackRecords } from "../../records/stackRecords";
import { engineLogin } from "../../registry/login";
import type { Color, ReleaseRecord } from "../../release/release";
import type { Placement } from "../../release/rolloutPlan";
import type { SmokeRequest } from "../../rules/health/smokeTest";
import type { Answer } from "../../rules/host/asking";
import {
  containerName,
  imageReference,
  type ClaimInput,
  type OperationInput,
  type SwitchInput,
} from "../../rules/stepInput";
import type { UserRequest } from "../../release/trafficTally";
import type {
  HeldSet,
  Part,
  PartMemory,
  PartReply,
  TargetHands,
  TrafficFeed,
  Unfit,
  Way,
} from "../hands";
import { askPart, askServices, sendRequest } from "./askServices";
import { followEdge } from "./followEdge";
import { findEndings, measureMemory } from "./parts";
import { findIncomplete, findUnfit } from "./setHealth";
import { settleLogins } from "./settleLogins";
import { settleRules } from "./settleRules";

/** How long a service has to finish what it does, where no release says it. */
const DEFAULT_GRACE_SECONDS = 10;

/** Where a stack is on a Docker host, as far as a step is told: each step has the addresses that it asks. */
export type DockerHostPlace = OperationInput &
  Partial<Pick<SwitchInput, "edgeUrl" | "previewUrl"> & Pick<ClaimInput, "registry">>;

/** What steps do to a stack on a Docker host: containers behind an nginx that reads one marker file. */
export class DockerHostHands implements TargetHands {
  readonly records: StackRecords;
  private readonly directory: HostDirectory;
  private edge: Promise<EdgeRecord | null> | null = null;

  constructor(
    private readonly host: Host,
    private readonly place: DockerHostPlace,
  ) {
    this.directory = new HostDirectory(host, place.directory);
    this.records = this.directory.records;
  }

  /** @throws HostError when the host cannot be reached, or shows another key than it must. */
  static async open(place: DockerHostPlace): Promise<DockerHostHands> {
    return new DockerHostHands(await connectHost(place.host ?? null), place);
  }

  activeColor(): Promise<Color | null> {
    return this.directory.edge.readActiveColor();
  }

  /** All images, before the first container: the docker provider replaces one by deleting it, and a pull can fail. */
  async fetch({ services }: ReleaseRecord): Promise<void> {
    const { registry } = this.place;
    const references = Object.values(services).map(imageReference);
    const login = registry && ((name: string) => engineLogin(name, { kind: "ecr", ...registry }));
    const engine = await this.host.engine();
    // What the records say by now is not taken away any more; what was chosen before they said it may be.
    await awaitTurn(engine);
    await ensureImages(engine, references, login);
  }

  /** Also of containers that no state knows: their names and addresses would be in the way. */
  async clear({ color, record }: HeldSet): Promise<readonly string[]> {
    const engine = await this.host.engine();
    const found = await listSet(engine, this.place.prefix, color);
    await Promise.all(
      found.map(async ({ id, service, state }) => {
        const container = engine.getContainer(id);
        const grace = record.services[service]?.stopGraceSeconds ?? DEFAULT_GRACE_SECONDS;
        if (state === "running") await container.stop({ t: grace });
        await container.remove(WITH_VOLUMES);
      }),
    );
    return found.map(({ name }) => name);
  }

  async findUnfit(set: HeldSet, passes?: number): Promise<Unfit | null> {
    const { prefix } = this.place;
    const previewUrl = this.told("previewUrl");
    const subnet = (await this.readEdge())?.subnet ?? null;
    return findUnfit(this.host, { ...set, prefix, subnet, previewUrl }, passes);
  }

  async findIncomplete(set: HeldSet): Promise<Unfit | null> {
    const subnet = (await this.readEdge())?.subnet ?? null;
    return findIncomplete(await this.host.engine(), { ...set, prefix: this.place.prefix, subnet });
  }

  async ask(
    { color, record }: HeldSet,
    way: Way,
    services?: readonly string[],
  ): Promise<readonly string[]> {
    const publicHost = (await this.readEdge())?.publicHost;
    const previewUrl = this.told("previewUrl");
    const url = way === "public" ? this.told("edgeUrl") : previewUrl;
    const asking = { url, previewUrl, ...(publicHost ? { publicHost } : {}) };
    return askServices(this.host, asking, color, record, services);
  }

  previewUrl(): string | null {
    return this.place.host ? null : this.told("previewUrl");
  }

  askPart({ color }: HeldSet, part: Part): Promise<PartReply> {
    return askPart(this.host, this.told("previewUrl"), color, part);
  }

  async request(
    { record }: HeldSet,
    service: string,
    request: SmokeRequest,
    way: Way = "preview",
  ): Promise<Answer> {
    const publicHost = (await this.readEdge())?.publicHost;
    const url = this.told(way === "public" ? "edgeUrl" : "previewUrl");
    const asking = { url, ...(publicHost ? { publicHost } : {}) };
    return sendRequest(this.host, asking, record, service, request);
  }

  async findEndings(set: HeldSet): Promise<readonly { part: Part; says: string }[]> {
    return findEndings(await this.host.engine(), this.place.prefix, set);
  }

  async measureMemory(set: HeldSet): Promise<readonly PartMemory[]> {
    return measureMemory(await this.host.engine(), this.place.prefix, set);
  }

  async readLog({ color }: HeldSet, { service, replica }: Part, lines: number): Promise<string[]> {
    const name = containerName(this.place.prefix, color, service, replica);
    return logSinceStart(await this.host.engine(), name, lines);
  }

  followTraffic(pastSeconds: number, tell: (request: UserRequest) => void): Promise<TrafficFeed> {
    return followEdge(this.host, this.place.prefix, pastSeconds, tell);
  }

  prove(color: Color, placement: Omit<Placement, "proven">): Promise<void> {
    return this.directory.prove(color, placement);
  }

  move(color: Color, aside?: number): Promise<void> {
    return this.directory.edge.moveTraffic(color, aside);
  }

  asidePercent(): Promise<number> {
    return this.directory.edge.readAside();
  }

  moveService(service: string, color: Color): Promise<void> {
    return this.directory.edge.moveService(service, color);
  }

  movedServices(): Promise<readonly string[]> {
    return this.directory.edge.readMoved();
  }

  async retire(
    color: Color,
    graceSeconds: (service: string) => number,
    services?: readonly string[],
  ): Promise<void> {
    const engine = await this.host.engine();
    const found = await listSet(engine, this.place.prefix, color);
    await Promise.all(
      found
        .filter(({ state }) => state === "running")
        .filter(({ service }) => services?.includes(service) ?? true)
        .map(({ id, service }) => stopForGood(engine.getContainer(id), graceSeconds(service))),
    );
  }

  async settle(): Promise<void> {
    await Promise.all([
      settleLogins(this.host, this.place),
      settleRules(this.host, this.directory, this.place.edgeUrl),
    ]);
  }

  close(): void {
    this.host.close();
  }

  /** No step that asks changes it meanwhile. */
  private readEdge(): Promise<EdgeRecord | null> {
    this.edge ??= this.records.readEdge();
    return this.edge;
  }

  private told(url: "edgeUrl" | "previewUrl"): string {
    const address = this.place[url];
    if (address === undefined) throw new Error(`${url}: is needed, and the step was not told it`);
    return address;
  }
}
