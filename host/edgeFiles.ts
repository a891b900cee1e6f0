import * as path from "node:path";
import type { Color } from "../release/release";
import type { HostFiles } from "./host";

/**
 * The files that a stack's edge reads. The edge sees the directory as /etc/maestro, read-only.
 *
 * ```
 * conf/nginx.conf      its configuration
 * switch/live          there once anything serves
 * switch/green         there: green serves; not there: blue
 * switch/<color>.json  what /edge/release answers for the set
 * tls/                 certificate and key
 * ```
 *
 * Every file is replaced by rename, so a reader or a crash sees the old or the new one, never half of it.
 */
export class EdgeFiles {
  /** @param directory what the edge's container mounts. */
  constructor(
    private readonly files: HostFiles,
    readonly directory: string,
  ) {}

  get config(): string {
    return path.posix.join(this.directory, "conf", "nginx.conf");
  }

  /** Text of the edge's configuration; null: there is none yet. */
  async readConfig(): Promise<string | null> {
    return (await this.files.read(this.config))?.toString("utf8") ?? null;
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

  /** What the edge answers at /edge/release for a set, from now on. */
  announce(color: Color, release: string): Promise<void> {
    return this.files.write(
      this.marker(`${color}.json`),
      `${JSON.stringify({ set: color, release })}\n`,
    );
  }

  /** Forgets what serves: the stack is destroyed. */
  async forgetServing(): Promise<void> {
    for (const file of ["live", "green"]) await this.files.remove(this.marker(file));
  }

  private marker(file: string): string {
    return path.posix.join(this.directory, "switch", file);
  }
}
