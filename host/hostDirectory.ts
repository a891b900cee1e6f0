import * as fs from "node:fs";
import * as path from "node:path";
import {
  COLORS,
  otherColor,
  type Color,
  type Release,
  type ReleaseRecord,
} from "../release/release";
import type { Placement } from "../release/rolloutPlan";

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
  /** Network that all containers' addresses are in. */
  readonly subnet: string;
  /** Where the deployer reaches it, newest first; the second one holds until a moved edge's container is replaced. */
  readonly urls: readonly string[];
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
 * records/releases/<id>.json  releases with their settings, for a rollback to them
 * records/rejected/<id>.json  releases that failed
 * ```
 *
 * Every file is replaced by rename, so a reader or a crash sees the old or the new one, never half of it.
 */
export class HostDirectory {
  constructor(readonly root: string) {}

  /** Directory that the edge's container mounts. */
  get edge(): string {
    return path.join(this.root, "edge");
  }

  get config(): string {
    return path.join(this.edge, "conf", "nginx.conf");
  }

  exists(): boolean {
    return fs.existsSync(path.join(this.root, "records"));
  }

  /** The set the marker files name; null: nothing serves yet. */
  readActiveColor(): Color | null {
    if (!fs.existsSync(this.marker("live"))) return null;
    return fs.existsSync(this.marker("green")) ? "green" : "blue";
  }

  /**
   * Moves the traffic of every service in the same instant: one file appears or disappears. Cached by nothing, so the
   * very next request takes the new way.
   */
  moveTraffic(color: Color): void {
    const green = this.marker("green");
    if (color === "green") {
      writeAtomically(green, "green\n");
    } else {
      fs.rmSync(green, { force: true });
    }
    if (!fs.existsSync(this.marker("live"))) writeAtomically(this.marker("live"), "live\n");
    syncDirectory(path.dirname(green));
  }

  readPlacement(color: Color): Placement | null {
    return readJson<Placement>(this.record(`${color}.json`));
  }

  writePlacement(color: Color, placement: Placement): void {
    writeJson(this.record(`${color}.json`), placement);
    if (placement.proven) {
      writeJson(this.marker(`${color}.json`), { set: color, release: placement.record.id });
    }
  }

  readEdge(): EdgeRecord | null {
    return readJson<EdgeRecord>(this.record("edge.json"));
  }

  writeEdge(record: EdgeRecord): void {
    writeJson(this.record("edge.json"), record);
  }

  /** Text of the edge's configuration; null: there is none yet. */
  readConfig(): string | null {
    return fs.existsSync(this.config) ? fs.readFileSync(this.config, "utf8") : null;
  }

  readSwitch(): SwitchRecord | null {
    return readJson<SwitchRecord>(this.record("switch.json"));
  }

  writeSwitch(record: SwitchRecord): void {
    writeJson(this.record("switch.json"), record);
  }

  readRelease(id: string): ReleaseRecord | null {
    return readJson<ReleaseRecord>(this.record("releases", `${id}.json`));
  }

  /** Keeps a release's settings; the oldest releases that no set holds are forgotten. */
  writeRelease(record: ReleaseRecord): void {
    writeJson(this.record("releases", `${record.id}.json`), record);
    const held = COLORS.map((color) => `${this.readPlacement(color)?.record.id}.json`);
    const byAge = fs
      .readdirSync(this.record("releases"))
      .filter((file) => file.endsWith(".json"))
      .map((file) => ({ file, at: fs.statSync(this.record("releases", file)).mtimeMs }))
      .sort((a, b) => b.at - a.at);
    for (const { file } of byAge.slice(KEPT_RELEASES)) {
      if (!held.includes(file)) fs.rmSync(this.record("releases", file), { force: true });
    }
  }

  readRejection(release: string): RejectionRecord | null {
    return readJson<RejectionRecord>(this.record("rejected", `${release}.json`));
  }

  listRejections(): RejectionRecord[] {
    const directory = this.record("rejected");
    if (!fs.existsSync(directory)) return [];
    return fs
      .readdirSync(directory)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => readJson<RejectionRecord>(path.join(directory, file)) ?? []);
  }

  reject(release: Release | ReleaseRecord, reason: string): void {
    const record: RejectionRecord = { release: release.id, reason, at: new Date().toISOString() };
    writeJson(this.record("rejected", `${release.id}.json`), record);
  }

  acquit(release: string): void {
    fs.rmSync(this.record("rejected", `${release}.json`), { force: true });
  }

  /** Forgets that a set was proven: it must be placed again before traffic may go there. */
  disprove(color: Color): void {
    const placement = this.readPlacement(color);
    if (placement) this.writePlacement(color, { ...placement, proven: false });
  }

  private marker(file: string): string {
    return path.join(this.edge, "switch", file);
  }

  private record(...parts: string[]): string {
    return path.join(this.root, "records", ...parts);
  }
}

/** The idle set's color by the marker files; null: nothing serves yet. */
export function idleColor(host: HostDirectory): Color | null {
  const active = host.readActiveColor();
  return active && otherColor(active);
}

function readJson<T>(file: string): T | null {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(
      `${file}: is not JSON; restore it from a backup, or remove it and run \`pulumi up\` again`,
    );
  }
}

function writeJson(file: string, value: unknown): void {
  writeAtomically(file, `${JSON.stringify(value)}\n`);
}

/** Replaces a file by rename, after its content has reached the disk. */
export function writeAtomically(file: string, content: string | Buffer, mode = 0o644): void {
  const directory = path.dirname(file);
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = fs.openSync(temporary, "w", mode);
  try {
    fs.writeFileSync(handle, content);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
}

function syncDirectory(directory: string): void {
  const handle = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
