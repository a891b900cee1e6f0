import type { CanaryRecord, CanaryWish } from "../release/canary";
import { COLORS, type Color, type Release, type ReleaseRecord } from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import type { TrafficBaseline } from "../release/trafficBaseline";
import { NO_SCHEMAS, type SchemaRecords } from "../rules/database/schemaVerdict";
import type { ApiRecord } from "./apiRecord";
import type { DatabaseRecord } from "./databaseRecord";
import { EventLog } from "./events";
import { HandRecords } from "./handRecords";
import { HoldRecords } from "./holdRecords";
import { NoticeRecords } from "./noticeRecords";
import { ObservabilityRecords } from "./observabilityRecords";
import type { RecordStore } from "./recordStore";
import { RollRecords } from "./rollRecords";
import { StatefulRecords } from "./statefulRecords";

/** The traffic's last move. */
export interface SwitchRecord {
  readonly number: number;
  readonly release: string;
  readonly color: Color;
  readonly at: string; // ISO 8601, UTC
  /** False: whoever made it has not ended yet, and may still take it back. Left out by older versions. */
  readonly settled?: boolean;
}

/** The edge as it was last configured. */
export interface EdgeRecord {
  readonly prefix?: string; // of all the stack's names on the host; older versions left it out
  readonly subnet: string; // network that all containers' addresses are in
  /** Where the deployer reaches it, newest first; the second one holds until a moved edge's container is replaced. */
  readonly urls: readonly string[];
  readonly publicHost?: string; // in the stack's `url`; records of older versions have none
  readonly number: number; // counts its configurations; see `EdgeConfigInput.number`
}

/** A release that failed its gate or its watch; the next update refuses it unless told otherwise. */
export interface RejectionRecord {
  readonly release: string;
  readonly reason: string;
  readonly at: string;
}

/** How many releases' records are kept for a rollback to them. */
const KEPT_RELEASES = 20;

/**
 * What still tells the truth of a stack after an update was killed, apart from Pulumi's state:
 *
 * ```
 * <color>        what the set was last made to hold, and whether that was proven
 * switch         the traffic's last move
 * canary         the share of clients that a new release gets, while it gets only a share; `canaryWish`: what an operator wants of it
 * roll           a release whose services are moved one after the other, until all are
 * edge           the edge's network, addresses and number of configurations
 * schemas        revisions of services' databases, and what each image knows of them
 * databases      the roles that the sets use on the stack's own server
 * releases/<id>  releases with their settings, for a rollback to them
 * rejected/<id>  releases that failed
 * apis/<color>   the OpenAPI documents of the release that was proven there last
 * traffic/<id>   what releases' traffic was like while they were watched, by service
 * observability  what watches the stack, as it was last to be
 * stateful/<s>   what a stateful service runs as, and which volume has its data
 * byHand/<rule>  maintenance, a pause, a client that is blocked or throttled, each with its end
 * holds/         which command holds the stack, and which update was begun
 * notices/<name> how far a channel was told of what has happened
 * events/<n>     what has happened, each with the hash of the one before; `lastEvent` says how far they go
 * ```
 */
export class StackRecords {
  readonly events: EventLog; // what has happened to the stack
  readonly notices: NoticeRecords; // who was told of it
  readonly observability: ObservabilityRecords; // what watches it
  readonly stateful: StatefulRecords; // what runs beside its sets
  readonly byHand: HandRecords; // what operators have its edge do for a while
  readonly holds: HoldRecords; // who changes it just now
  readonly roll: RollRecords; // a release whose services are on their way
  private schemaChange: Promise<void> = Promise.resolve();

  constructor(readonly store: RecordStore) {
    this.events = new EventLog(store);
    this.notices = new NoticeRecords(store);
    this.observability = new ObservabilityRecords(store);
    this.stateful = new StatefulRecords(store);
    this.byHand = new HandRecords(store);
    this.holds = new HoldRecords(store);
    this.roll = new RollRecords(store);
  }

  exists(): Promise<boolean> {
    return this.store.exists();
  }

  readPlacement(color: Color): Promise<Placement | null> {
    return this.store.read<Placement>(color);
  }

  writePlacement(color: Color, placement: Placement): Promise<void> {
    return this.store.write(color, placement);
  }

  readEdge(): Promise<EdgeRecord | null> {
    return this.store.read<EdgeRecord>("edge");
  }

  writeEdge(record: EdgeRecord): Promise<void> {
    return this.store.write("edge", record);
  }

  readSwitch(): Promise<SwitchRecord | null> {
    return this.store.read<SwitchRecord>("switch");
  }

  writeSwitch(record: SwitchRecord): Promise<void> {
    return this.store.write("switch", record);
  }

  /** Nobody takes the last move back any more. */
  async settleSwitch(): Promise<void> {
    const last = await this.readSwitch();
    if (last?.settled === false) await this.writeSwitch({ ...last, settled: true });
  }

  /** The canary that is under way; null: none. */
  readCanary(): Promise<CanaryRecord | null> {
    return this.store.read<CanaryRecord>("canary");
  }

  writeCanary(record: CanaryRecord): Promise<void> {
    return this.store.write("canary", record);
  }

  readCanaryWish(): Promise<CanaryWish | null> {
    return this.store.read<CanaryWish>("canaryWish");
  }

  writeCanaryWish(wish: CanaryWish): Promise<void> {
    return this.store.write("canaryWish", wish);
  }

  forgetCanaryWish(): Promise<void> {
    return this.store.remove("canaryWish");
  }

  /** There is no canary any more. What was wanted of it stays until the next one, for who still runs it. */
  forgetCanary(): Promise<void> {
    return this.store.remove("canary");
  }

  readRelease(id: string): Promise<ReleaseRecord | null> {
    return this.store.read<ReleaseRecord>(`releases/${id}`);
  }

  /** Releases whose settings are kept, the one placed last first. */
  listReleases(): Promise<ReleaseRecord[]> {
    return this.readAll<ReleaseRecord>("releases");
  }

  /** Keeps a release's settings; the oldest releases that no set holds are forgotten. */
  async writeRelease(record: ReleaseRecord): Promise<void> {
    await this.store.write(`releases/${record.id}`, record);
    const placements = await Promise.all(COLORS.map((color) => this.readPlacement(color)));
    const held = placements.map((placement) => `releases/${placement?.record.id}`);
    const byAge = await this.store.list("releases");
    for (const key of byAge.slice(KEPT_RELEASES)) {
      if (!held.includes(key)) await this.store.remove(key);
    }
  }

  readRejection(release: string): Promise<RejectionRecord | null> {
    return this.store.read<RejectionRecord>(`rejected/${release}`);
  }

  listRejections(): Promise<RejectionRecord[]> {
    return this.readAll<RejectionRecord>("rejected");
  }

  reject(release: Release | ReleaseRecord, reason: string): Promise<void> {
    const record: RejectionRecord = { release: release.id, reason, at: new Date().toISOString() };
    return this.store.write(`rejected/${release.id}`, record);
  }

  acquit(release: string): Promise<void> {
    return this.store.remove(`rejected/${release}`);
  }

  /** What a release's traffic was like when it was watched, by service; null: it was not watched. */
  readTraffic(release: string): Promise<Readonly<Record<string, TrafficBaseline>> | null> {
    return this.store.read<Record<string, TrafficBaseline>>(`traffic/${release}`);
  }

  /** Keeps it; the oldest are forgotten. */
  async writeTraffic(
    release: string,
    traffic: Readonly<Record<string, TrafficBaseline>>,
  ): Promise<void> {
    await this.store.write(`traffic/${release}`, traffic);
    const byAge = await this.store.list("traffic");
    for (const key of byAge.slice(KEPT_RELEASES)) await this.store.remove(key);
  }

  /** Forgets that a set was proven: it must be placed again before traffic may go there. */
  async disprove(color: Color): Promise<void> {
    const placement = await this.readPlacement(color);
    if (placement) await this.writePlacement(color, { ...placement, proven: false });
  }

  /** What is known of databases' schemas. */
  async readSchemas(): Promise<SchemaRecords> {
    return (await this.store.read<SchemaRecords>("schemas")) ?? NO_SCHEMAS;
  }

  /** Changes what is known of schemas; changes of one process follow each other. */
  changeSchemas(change: (records: SchemaRecords) => SchemaRecords): Promise<void> {
    this.schemaChange = this.schemaChange.then(async () => {
      await this.store.write("schemas", change(await this.readSchemas()));
    });
    return this.schemaChange;
  }

  /** The roles that sets use; null: no set has a login of its own. */
  readDatabases(): Promise<DatabaseRecord | null> {
    return this.store.read<DatabaseRecord>("databases");
  }

  writeDatabases(record: DatabaseRecord): Promise<void> {
    return this.store.write("databases", record);
  }

  /** What services say of their APIs; null: those of what the set holds were never asked for. */
  readApis(color: Color): Promise<ApiRecord | null> {
    return this.store.read<ApiRecord>(`apis/${color}`);
  }

  writeApis(color: Color, record: ApiRecord): Promise<void> {
    return this.store.write(`apis/${color}`, record);
  }

  /** Forgets what serves: the stack is destroyed. Releases, rejections and schemas stay; so may their databases. */
  async forgetServing(): Promise<void> {
    for (const key of [...COLORS, "switch", "canary", "canaryWish", "roll", "edge"])
      await this.store.remove(key);
  }

  private async readAll<T>(prefix: string): Promise<T[]> {
    const keys = await this.store.list(prefix);
    const records = await Promise.all(keys.map((key) => this.store.read<T>(key)));
    return records.filter((record) => record !== null);
  }
}
