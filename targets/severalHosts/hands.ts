import { StackRecords } from "../../records/stackRecords";
import type { Color, ReleaseRecord } from "../../release/release";
import type { Placement } from "../../release/rolloutPlan";
import type { UserRequest } from "../../release/trafficTally";
import type { SmokeRequest } from "../../rules/health/smokeTest";
import { HostError, type Answer } from "../../rules/host/asking";
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
import { CopiedRecords } from "./copiedRecords";
import { endUnfinished, readAgreement } from "./endUnfinished";
import { followAll } from "./followAll";
import { HostGroup, type Given, type NamedHost } from "./hostGroup";
import { mergeUnfit, mergeWrongs, mostMemory, withName, worstAnswer, worstReply } from "./merge";
import { moveServiceTogether, moveTogether } from "./moveTogether";

/**
 * What steps do to a stack on several hosts, each with its own edge and both sets: the same on all of them, and nothing is
 * true of a set that is not true of it on every host. The traffic of all hosts moves together, or stays.
 *
 * The stack's records are those of the first host; see docs/decisions/19.
 */
export class SeveralHostsHands implements TargetHands {
  readonly records: StackRecords;
  private readonly group: HostGroup;

  private constructor(hosts: readonly NamedHost[]) {
    this.group = new HostGroup(hosts);
    this.records = new StackRecords(
      new CopiedRecords(this.group.first.hands.records.store, (write) =>
        this.group.each(({ hands }) => write(hands.records.store), this.group.others),
      ),
    );
  }

  /**
   * Takes the hands of each host, and closes them all. A move that somebody has left unfinished is ended here.
   *
   * @param hosts in the configuration's order; at least one.
   * @throws HostError naming the hosts that cannot be reached.
   */
  static async open(hosts: readonly NamedHost[]): Promise<SeveralHostsHands> {
    const opened = new SeveralHostsHands(hosts);
    try {
      await endUnfinished(opened.group, opened.records);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  async activeColor(): Promise<Color | null> {
    return (await readAgreement(this.group, this.records)).color;
  }

  async fetch(record: ReleaseRecord): Promise<void> {
    const fetched = await this.group.each(({ hands }) =>
      hands.fetch(record).then(
        () => null,
        (error: unknown) => {
          if (error instanceof HostError) throw error;
          return (error as Error).message;
        },
      ),
    );
    const missing = fetched.flatMap(({ host, value }) => (value ? withName(host, [value]) : []));
    if (missing.length > 0) throw new Error(missing.join("\n"));
  }

  async clear(set: HeldSet): Promise<readonly string[]> {
    const cleared = await this.group.each(({ hands }) => hands.clear(set));
    return cleared.flatMap(({ host, value }) => withName(host, value));
  }

  async findUnfit(set: HeldSet, passes?: number): Promise<Unfit | null> {
    const look = ({ hands }: NamedHost) => hands.findUnfit(set, passes);
    return mergeUnfit(await this.group.each(look, undefined, (unfit) => unfit !== null));
  }

  async findIncomplete(set: HeldSet): Promise<Unfit | null> {
    return mergeUnfit(await this.group.each(({ hands }) => hands.findIncomplete(set)));
  }

  async ask(
    set: HeldSet,
    way: Way,
    services: readonly string[] = Object.keys(set.record.services),
  ): Promise<readonly string[]> {
    const ask = ({ hands }: NamedHost) => hands.ask(set, way, services);
    const wrongs = await this.group.each(ask, undefined, (found) => found.length > 0);
    return mergeWrongs(services, wrongs);
  }

  previewUrl(): string | null {
    return this.group.first.hands.previewUrl();
  }

  async askPart(set: HeldSet, part: Part): Promise<PartReply> {
    return worstReply(await this.group.each(({ hands }) => hands.askPart(set, part)));
  }

  /** On each host: what is well on one of them says nothing of the others. */
  async request(
    set: HeldSet,
    service: string,
    request: SmokeRequest,
    way: Way = "preview",
  ): Promise<Answer> {
    const send = ({ hands }: NamedHost) => hands.request(set, service, request, way);
    return worstAnswer(await this.group.each(send));
  }

  async findEndings(set: HeldSet): Promise<readonly { part: Part; says: string }[]> {
    const found = await this.group.each(({ hands }) => hands.findEndings(set));
    return found.flatMap(({ host, value }) =>
      value.map(({ part, says }) => ({ part, says: `${host.name}: ${says}` })),
    );
  }

  async measureMemory(set: HeldSet): Promise<readonly PartMemory[]> {
    return mostMemory(await this.group.each(({ hands }) => hands.measureMemory(set)));
  }

  async readLog(set: HeldSet, part: Part, lines: number): Promise<readonly string[]> {
    const logs = await this.group.each(({ hands }) => hands.readLog(set, part, lines));
    return logs.flatMap(({ host, value }) => withName(host, value));
  }

  async followTraffic(
    pastSeconds: number,
    tell: (request: UserRequest) => void,
  ): Promise<TrafficFeed> {
    return followAll(this.group, pastSeconds, tell);
  }

  /** On the first host last: what that says is true of all of them. */
  async prove(color: Color, placement: Omit<Placement, "proven">): Promise<void> {
    const { first, others } = this.group;
    const prove = ({ hands }: NamedHost) => hands.prove(color, placement);
    await this.group.each(prove, others);
    await this.group.each(prove, [first]);
  }

  move(color: Color, aside = 0): Promise<void> {
    return moveTogether(this.group, this.records, color, aside);
  }

  async asidePercent(): Promise<number> {
    return largest(await this.group.each(({ hands }) => hands.asidePercent()));
  }

  moveService(service: string, color: Color): Promise<void> {
    return moveServiceTogether(this.group, this.records, service, color);
  }

  /** On any host: what users of one of them get must not be stopped on the others. */
  async movedServices(): Promise<readonly string[]> {
    const moved = await this.group.each(({ hands }) => hands.movedServices());
    return [...new Set(moved.flatMap(({ value }) => value))];
  }

  async retire(
    color: Color,
    graceSeconds: (service: string) => number,
    services?: readonly string[],
  ): Promise<void> {
    await this.group.each(({ hands }) => hands.retire(color, graceSeconds, services));
  }

  async settle(): Promise<void> {
    await this.group.each(({ hands }) => hands.settle());
  }

  close(): void {
    for (const { hands } of this.group.all) hands.close();
  }
}

function largest(given: readonly Given<number>[]): number {
  return Math.max(...given.map(({ value }) => value));
}
