/* eslint-disable @typescript-eslint/require-await -- promises are what the interface wants; memory has none to wait for */
import { StackRecords } from "../../records/stackRecords";
import type { Color, ReleaseRecord } from "../../release/release";
import type { Placement } from "../../release/rolloutPlan";
import type { UserRequest } from "../../release/trafficTally";
import type { SmokeRequest } from "../../rules/health/smokeTest";
import type { Answer } from "../../rules/host/asking";
import { expectedReplicas } from "../../rules/stepInput";
import type {
  HeldSet,
  Part as Replica,
  PartMemory,
  PartReply,
  TargetHands,
  TrafficFeed,
  Unfit,
  Way,
} from "../../targets/hands";
import { PromiseBroken, specOf, type Ailment, type Part } from "./memoryParts";
import { MemoryRecords } from "./memoryRecords";

const WELL: Answer = { status: 200, headers: {}, body: "" };

/**
 * A target in memory, with just enough behaviour to break every promise of the steps. It does not itself place what a
 * set holds: as with Docker, somebody else does, between claim and gate.
 */
export class MemoryTarget implements TargetHands {
  readonly records: StackRecords;
  /** Service -> its part, of each set. */
  readonly parts = { blue: new Map<string, Part>(), green: new Map<string, Part>() };
  /** Release id -> what ails it. */
  readonly ailments = new Map<string, Ailment>();
  /** Releases of which something cannot be had. */
  readonly missing = new Set<string>();
  /** What was done to it, in order: `fetch`, `clear blue`, `move green` ... */
  readonly done: string[] = [];
  /** What users have asked for. */
  readonly requests: UserRequest[] = [];
  /** What of it cannot be read; null: nothing. */
  missingTraffic: string | null = null;
  /** Who follows it. */
  tell: ((request: UserRequest) => void) | null = null;
  private asked = 0;
  private active: Color | null = null;
  private aside = 0;
  private readonly moved = new Set<string>();
  /** Most services that have run at once since this was last set. */
  peak = 0;

  /** @param before runs before each change; what it throws is the end of who makes it. */
  constructor(private readonly before: () => void = () => undefined) {
    this.records = new StackRecords(new MemoryRecords(before));
  }

  /** As a deployer places one service. */
  place({ color, record }: HeldSet, service: string, running = true): void {
    this.set(color, service, { spec: specOf(record, service), running });
  }

  /** As a deployer places a whole set. */
  placeAll(set: HeldSet): void {
    for (const service of Object.keys(set.record.services)) this.place(set, service);
  }

  activeColor(): Promise<Color | null> {
    return Promise.resolve(this.active);
  }

  async fetch({ id }: ReleaseRecord): Promise<void> {
    this.note("fetch");
    if (this.missing.has(id)) throw new Error(`release ${id} cannot be had`);
  }

  async clear({ color }: HeldSet): Promise<readonly string[]> {
    if (this.active === color || this.aside > 0 || this.moved.size > 0) {
      throw new PromiseBroken(`cleared ${color}, which serves`);
    }
    const names = [...this.parts[color].keys()];
    for (const name of names) {
      this.note(`clear ${color}`);
      this.parts[color].delete(name);
    }
    return names;
  }

  async findIncomplete({ color, record }: HeldSet): Promise<Unfit | null> {
    const parts = this.parts[color];
    const wrong = Object.keys(record.services).filter(
      (service) => parts.get(service)?.spec !== specOf(record, service),
    );
    if (wrong.length === 0) return null;
    const says = `${color} is not ${record.id}: ${wrong.join(", ")}`;
    return { kind: "incomplete", says, logs: [] };
  }

  async findUnfit(set: HeldSet): Promise<Unfit | null> {
    const incomplete = await this.findIncomplete(set);
    if (incomplete) return incomplete;
    const { color, record } = set;
    for (const service of Object.keys(record.services)) {
      const { spec, running } = this.parts[color].get(service)!;
      if (!running) this.set(color, service, { spec, running: true });
    }
    const { unfit: says, service } = this.ailments.get(record.id) ?? {};
    if (says === undefined || (service && !(service in record.services))) return null;
    return { kind: "unwell", says, logs: ["last words"] };
  }

  async ask(
    { color, record }: HeldSet,
    way: Way,
    services: readonly string[] = Object.keys(record.services),
  ): Promise<readonly string[]> {
    const ailment = this.ailments.get(record.id);
    const says = (service: string) => {
      const answering = way === "public" ? this.servedBy(service) : this.idle();
      if (answering !== color) return `was answered by ${answering}, not ${color}`;
      const answer = ailment?.answers?.[way];
      if (answer !== undefined && (ailment?.service ?? service) === service) return answer;
      const part = this.parts[color].get(service);
      return part?.running && part.spec === specOf(record, service) ? null : "no answer";
    };
    return services.flatMap((service) => {
      const wrong = says(service);
      return wrong === null ? [] : [`${service}: ${wrong}`];
    });
  }

  previewUrl(): string {
    return "http://preview";
  }

  async askPart({ record }: HeldSet): Promise<PartReply> {
    const { ready = [], milliseconds = 1 } = this.ailments.get(record.id) ?? {};
    const at = Math.min(this.asked, ready.length - 1);
    this.asked += 1;
    return { answer: ready[at] ?? WELL, milliseconds };
  }

  async request(
    { color, record }: HeldSet,
    service: string,
    request: SmokeRequest,
    way: Way = "preview",
  ): Promise<Answer> {
    if ((way === "public" ? this.active : this.idle()) !== color)
      throw new PromiseBroken(`${service} was asked on the way of the other set`);
    return this.ailments.get(record.id)?.reply?.(request) ?? WELL;
  }

  async findEndings({ record }: HeldSet): Promise<{ part: Replica; says: string }[]> {
    const says = this.ailments.get(record.id)?.ending;
    return says === undefined ? [] : [{ part: expectedReplicas(record)[0]!, says }];
  }

  async measureMemory({ record }: HeldSet): Promise<PartMemory[]> {
    const bytes = this.ailments.get(record.id)?.memory ?? 1;
    return expectedReplicas(record).map((part) => ({ part, bytes, limitBytes: 1_000 }));
  }

  async readLog({ record }: HeldSet): Promise<readonly string[]> {
    return this.ailments.get(record.id)?.log ?? [];
  }

  async followTraffic(
    _pastSeconds: number,
    tell: (request: UserRequest) => void,
  ): Promise<TrafficFeed> {
    this.requests.forEach(tell);
    this.tell = tell;
    return {
      now: () => Date.now() / 1000,
      missing: () => this.missingTraffic,
      close: () => void (this.tell = null),
    };
  }

  prove(color: Color, placement: Omit<Placement, "proven">): Promise<void> {
    this.done.push(`prove ${color}`);
    return this.records.writePlacement(color, { ...placement, proven: true });
  }

  async move(color: Color, aside = 0): Promise<void> {
    this.note(`move ${color}${aside > 0 ? ` except ${aside} %` : ""}`);
    this.active = color;
    this.aside = aside;
    this.moved.clear();
  }

  async moveService(service: string, color: Color): Promise<void> {
    this.note(`move ${service} ${color}`);
    if (this.active === color) this.moved.delete(service);
    else this.moved.add(service);
  }

  async movedServices(): Promise<readonly string[]> {
    return [...this.moved];
  }

  /** The set that users get a service from. */
  servedBy(service: string): Color | null {
    return this.moved.has(service) ? this.idle() : this.active;
  }

  async asidePercent(): Promise<number> {
    return this.aside;
  }

  async retire(
    color: Color,
    graceSeconds: (service: string) => number,
    services?: readonly string[],
  ): Promise<void> {
    if (services?.length === 0) return;
    this.note(`retire ${color}${services ? ` ${services.join(" ")}` : ""}`);
    for (const [service, { spec }] of this.parts[color]) {
      if (!(services?.includes(service) ?? true)) continue;
      if (this.servedBy(service) === color) {
        throw new PromiseBroken(`stopped ${service} of ${color}, which serves`);
      }
      if (!(graceSeconds(service) >= 0)) throw new PromiseBroken(`${service} gets no time`);
      this.parts[color].set(service, { spec, running: false });
    }
  }

  async settle(): Promise<void> {
    this.done.push("settle");
  }

  close(): void {
    this.done.push("close");
  }

  private set(color: Color, service: string, part: Part): void {
    this.parts[color].set(service, part);
    const all = [...this.parts.blue.values(), ...this.parts.green.values()];
    this.peak = Math.max(this.peak, all.filter(({ running }) => running).length);
  }

  private idle(): Color {
    return this.active === "blue" ? "green" : "blue";
  }

  private note(what: string): void {
    this.before();
    this.done.push(what);
  }
}
