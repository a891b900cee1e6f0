import * as path from "node:path";
import {
  COLORS,
  otherColor,
  type Color,
  type Release,
  type ReleaseRecord,
} from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import { NO_SCHEMAS, type SchemaRecords } from "../rules/database/schemaVerdict";
import type { Host, HostFiles } from "./host";

/** The traffic's last move. */
export interface SwitchRecord {
  readonly number: number;
  readonly release: string;
  readonly color: Color;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** The edge as it was last configured. */
export interface EdgeRecord {
  readonly prefix?: string; // of all the stack's names on the host; older versions left it out
  /** Network that all containers' addresses are in. */
  readonly subnet: string;
  /** Where the deployer reaches it, newest first; the second one holds until a moved edge's container is replaced. */
  readonly urls: readonly string[];
  /** Host name in the stack's `url`; records of older versions have none. */
  readonly publicHost?: string;
  /** Counts its configurations; see `EdgeConfigInput.number`. */
  readonly number: number;
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
 * What a stack keeps on its Docker host, beside Pulumi's state: the edge's configuration, the switch, and the records
 * that still tell the truth after an update was killed.
 *
 * ```
 * edge/conf/nginx.conf        the edge's configuration      (the edge sees `edge` as /etc/maestro, read-only)
 * edge/switch/live            there once anything serves
 * edge/switch/green           there: green serves; not there: blue
 * edge/switch/<color>.json    what /edge/release answers for the set
 * edge/tls/                   certificate and key
 * records/<color>.json        what the set was last made to hold, and whether that was proven
 * records/switch.json         the traffic's last move
 * records/edge.json           the edge's network, addresses and number of configurations
 * records/schemas.json        revisions of services' databases, and what each image knows of them
 * records/releases/<id>.json  releases with their settings, for a rollback to them
 * records/rejected/<id>.json  releases that failed
 * ```
 *
 * Every file is replaced by rename, so a reader or a crash sees the old or the new one, never half of it.
 */
export class HostDirectory {
  private readonly files: HostFiles;
  private schemaChange: Promise<void> = Promise.resolve();

  constructor(
    host: Pick<Host, "files">,
    readonly root: string,
  ) {
    this.files = host.files;
  }

  /** Directory that the edge's container mounts. */
  get edge(): string {
    return path.posix.join(this.root, "edge");
  }

  get config(): string {
    return path.posix.join(this.edge, "conf", "nginx.conf");
  }

  exists(): Promise<boolean> {
    return this.files.exists(path.posix.join(this.root, "records"));
  }

  /** The set the marker files name; null: nothing serves yet. */
  async readActiveColor(): Promise<Color | null> {
    if (!(await this.files.exists(this.marker("live")))) return null;
    return (await this.files.exists(this.marker("green"))) ? "green" : "blue";
  }

  /**
   * Moves the traffic of every service in the same instant: one file appears or disappears. Cached by nothing, so the
   * very next request takes the new way.
   */
  async moveTraffic(color: Color): Promise<void> {
    const green = this.marker("green");
    if (color === "green") {
      await this.files.write(green, "green\n");
    } else {
      await this.files.remove(green);
    }
    const live = this.marker("live");
    if (!(await this.files.exists(live))) await this.files.write(live, "live\n");
    await this.files.sync(path.posix.dirname(green));
  }

  readPlacement(color: Color): Promise<Placement | null> {
    return this.readJson<Placement>(this.record(`${color}.json`));
  }

  async writePlacement(color: Color, placement: Placement): Promise<void> {
    await this.writeJson(this.record(`${color}.json`), placement);
    if (placement.proven) {
      await this.writeJson(this.marker(`${color}.json`), {
        set: color,
        release: placement.record.id,
      });
    }
  }

  readEdge(): Promise<EdgeRecord | null> {
    return this.readJson<EdgeRecord>(this.record("edge.json"));
  }

  writeEdge(record: EdgeRecord): Promise<void> {
    return this.writeJson(this.record("edge.json"), record);
  }

  /** Text of the edge's configuration; null: there is none yet. */
  async readConfig(): Promise<string | null> {
    return (await this.files.read(this.config))?.toString("utf8") ?? null;
  }

  readSwitch(): Promise<SwitchRecord | null> {
    return this.readJson<SwitchRecord>(this.record("switch.json"));
  }

  writeSwitch(record: SwitchRecord): Promise<void> {
    return this.writeJson(this.record("switch.json"), record);
  }

  readRelease(id: string): Promise<ReleaseRecord | null> {
    return this.readJson<ReleaseRecord>(this.record("releases", `${id}.json`));
  }

  /** Releases whose settings are kept, in no order. */
  listReleases(): Promise<ReleaseRecord[]> {
    return this.readAll<ReleaseRecord>("releases");
  }

  /** Keeps a release's settings; the oldest releases that no set holds are forgotten. */
  async writeRelease(record: ReleaseRecord): Promise<void> {
    await this.writeJson(this.record("releases", `${record.id}.json`), record);
    const placements = await Promise.all(COLORS.map((color) => this.readPlacement(color)));
    const held = placements.map((placement) => `${placement?.record.id}.json`);
    const byAge = (await this.files.list(this.record("releases")))
      .filter(({ name }) => name.endsWith(".json"))
      .sort((a, b) => b.modifiedAt - a.modifiedAt);
    for (const { name } of byAge.slice(KEPT_RELEASES)) {
      if (!held.includes(name)) await this.files.remove(this.record("releases", name));
    }
  }

  readRejection(release: string): Promise<RejectionRecord | null> {
    return this.readJson<RejectionRecord>(this.record("rejected", `${release}.json`));
  }

  listRejections(): Promise<RejectionRecord[]> {
    return this.readAll<RejectionRecord>("rejected");
  }

  reject(release: Release | ReleaseRecord, reason: string): Promise<void> {
    const record: RejectionRecord = { release: release.id, reason, at: new Date().toISOString() };
    return this.writeJson(this.record("rejected", `${release.id}.json`), record);
  }

  acquit(release: string): Promise<void> {
    return this.files.remove(this.record("rejected", `${release}.json`));
  }

  /** Forgets that a set was proven: it must be placed again before traffic may go there. */
  async disprove(color: Color): Promise<void> {
    const placement = await this.readPlacement(color);
    if (placement) await this.writePlacement(color, { ...placement, proven: false });
  }

  /** Forgets what serves: the stack is destroyed. Releases, rejections and schemas stay; so may their databases. */
  async forgetServing(): Promise<void> {
    const markers = ["live", "green"].map((file) => this.marker(file));
    const records = ["blue", "green", "switch", "edge"].map((name) => this.record(`${name}.json`));
    for (const file of [...markers, ...records]) await this.files.remove(file);
  }

  /** What is known of databases' schemas. */
  async readSchemas(): Promise<SchemaRecords> {
    return (await this.readJson<SchemaRecords>(this.record("schemas.json"))) ?? NO_SCHEMAS;
  }

  /** Changes what is known of schemas; changes of one process follow each other. */
  changeSchemas(change: (records: SchemaRecords) => SchemaRecords): Promise<void> {
    this.schemaChange = this.schemaChange.then(async () => {
      await this.writeJson(this.record("schemas.json"), change(await this.readSchemas()));
    });
    return this.schemaChange;
  }

  private marker(file: string): string {
    return path.posix.join(this.edge, "switch", file);
  }

  private record(...parts: string[]): string {
    return path.posix.join(this.root, "records", ...parts);
  }

  private async readAll<T>(directory: string): Promise<T[]> {
    const files = await this.files.list(this.record(directory));
    const records = await Promise.all(
      files
        .filter(({ name }) => name.endsWith(".json"))
        .map(({ name }) => this.readJson<T>(this.record(directory, name))),
    );
    return records.filter((record) => record !== null);
  }

  private async readJson<T>(file: string): Promise<T | null> {
    const content = await this.files.read(file);
    if (content === null) return null;
    try {
      return JSON.parse(content.toString("utf8")) as T;
    } catch {
      throw new Error(
        `${file}: is not JSON; restore it from a backup, or remove it and run \`pulumi up\` again`,
      );
    }
  }

  private writeJson(file: string, value: unknown): Promise<void> {
    return this.files.write(file, `${JSON.stringify(value)}\n`);
  }
}

/** The idle set's color by the marker files; null: nothing serves yet. */
export async function idleColor(directory: HostDirectory): Promise<Color | null> {
  const active = await directory.readActiveColor();
  return active && otherColor(active);
}
