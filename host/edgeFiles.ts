import * as path from "node:path";
import { COLORS, otherColor, type Color } from "../release/release";
import { movedMarker } from "../rules/edge/nginxRolling";
import { sharesUpTo } from "../rules/edge/nginxShares";
import type { HostFiles } from "./host";

/** What gets a set whatever the others get, by the ends of its files' names. */
type Markers = Readonly<Record<Color, readonly string[]>>;

/**
 * The files that a stack's edge reads. The edge sees the directory as /etc/maestro, read-only.
 *
 * ```
 * conf/nginx.conf      its configuration
 * switch/live          there once anything serves
 * switch/green         there: green serves; not there: blue
 * switch/<color>-<n>   there: the share of clients n gets that set, whatever the others get
 * switch/moved-<color>-<service>  there: users get that service from that set, whatever the others are got from
 * switch/<color>.json  what /edge/release answers for the set
 * tls/                 certificate and key; those that are issued to it: see EdgeCertificates
 * challenges/<token>   what it answers an authority
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

  /** Percentage of clients that get the set that the others do not. */
  async readAside(): Promise<number> {
    const active = await this.readActiveColor();
    const shares = active ? sharesIn(await this.readNames())[otherColor(active)] : [];
    return Math.max(0, ...shares.map(Number).filter(Number.isInteger));
  }

  /** Services that users get from the set that the others are not got from. */
  async readMoved(): Promise<readonly string[]> {
    const active = await this.readActiveColor();
    return active ? movedIn(await this.readNames())[otherColor(active)] : [];
  }

  /** Moves one service, at once as {@link moveTraffic} does; which set the others are got from stays as it is. */
  async moveService(service: string, color: Color): Promise<void> {
    const active = await this.readActiveColor();
    if (!active) throw new Error(`${service} cannot move alone: no set serves the others`);
    // Of what serves the others none is needed, and one that was left behind would count when the others move.
    await this.files.remove(this.marker(movedMarker(active, service)));
    const aside = this.marker(movedMarker(otherColor(active), service));
    if (color === active) await this.files.remove(aside);
    else await this.files.write(aside, `${color}\n`);
    await this.files.sync(path.posix.dirname(aside));
  }

  /**
   * Moves the traffic of every service in the same instant: one file appears or disappears. Cached by nothing, so the
   * very next request takes the new way.
   *
   * @param aside percentage of clients, one of SHARES, that get the other set all the same.
   */
  async moveTraffic(color: Color, aside = 0): Promise<void> {
    const names = await this.readNames();
    const shares = sharesIn(names);
    // Without effect as long as that set serves: who stays with it when the others move is known before.
    await this.share(otherColor(color), aside, shares);
    await this.forgetMoved(otherColor(color), names);
    const green = this.marker("green");
    if (color === "green") {
      await this.files.write(green, "green\n");
    } else {
      await this.files.remove(green);
    }
    const live = this.marker("live");
    if (!(await this.files.exists(live))) await this.files.write(live, "live\n");
    await this.share(color, 0, shares);
    // Only now: until the others came, these alone had this set.
    await this.forgetMoved(color, names);
    await this.files.sync(path.posix.dirname(green));
  }

  /** A share grows or shrinks by one part after the other: at each moment it is between what it was and what it will be. */
  private async share(color: Color, percent: number, shares: Markers): Promise<void> {
    const there = shares[color];
    const wanted = sharesUpTo(color, percent);
    for (const share of there.filter((each) => !wanted.includes(each))) {
      await this.files.remove(this.marker(`${color}-${share}`));
    }
    for (const share of wanted.filter((each) => !there.includes(each))) {
      await this.files.write(this.marker(`${color}-${share}`), `${color}\n`);
    }
  }

  private async forgetMoved(color: Color, names: readonly string[]): Promise<void> {
    for (const service of movedIn(names)[color]) {
      await this.files.remove(this.marker(movedMarker(color, service)));
    }
  }

  /** All marker files. */
  private async readNames(): Promise<readonly string[]> {
    const files = await this.files.list(path.posix.dirname(this.marker("live")));
    return files.map(({ name }) => name);
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
    const names = await this.readNames();
    for (const color of COLORS) {
      await this.share(color, 0, sharesIn(names));
      await this.forgetMoved(color, names);
    }
    for (const file of ["live", "green"]) await this.files.remove(this.marker(file));
  }

  private marker(file: string): string {
    return path.posix.join(this.directory, "switch", file);
  }
}

function sharesIn(names: readonly string[]): Markers {
  return endsOf(names, (color) => new RegExp(`^${color}-(\\w+)$`));
}

function movedIn(names: readonly string[]): Markers {
  return endsOf(names, (color) => new RegExp(`^${movedMarker(color, "")}([a-z0-9-]+)$`));
}

function endsOf(names: readonly string[], pattern: (color: Color) => RegExp): Markers {
  const of = (color: Color) => names.flatMap((name) => pattern(color).exec(name)?.[1] ?? []);
  return { blue: of("blue"), green: of("green") };
}
