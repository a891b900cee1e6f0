import type Docker from "dockerode";
import { listSet } from "../../host/engine";
import { listStateful } from "../../host/listStateful";
import type { HostDirectory } from "../../host/hostDirectory";
import { COLORS, otherColor, type Color } from "../../release/release";
import { edgeContainerName } from "../../rules/edge/edgeLayout";

/** A container whose log is read. */
export interface LogSource {
  readonly id: string;
  readonly set: Color | null;
  readonly service: string;
  readonly replica: number;
  readonly isRunning: boolean;
}

/** Whose lines are wanted. */
export interface LogChoice {
  readonly prefix: string;
  /** `active` and `idle` are asked anew each time, so they are what they are by then. */
  readonly sets: "active" | "idle" | "both" | Color;
  /** Begin of a release's id; left out: of any. */
  readonly release?: string;
  /** Empty: all. */
  readonly services: readonly string[];
  readonly edge: boolean;
}

/**
 * The containers that are meant by now, those that have ended too: what a rejected release has said is read there.
 *
 * @throws Error naming what there is, where a release or a service is not.
 */
export async function requireSources(
  engine: Docker,
  directory: HostDirectory,
  choice: LogChoice,
): Promise<LogSource[]> {
  const sources = await findSources(engine, directory, choice);
  const missing = choice.services.filter(
    (name) => !sources.some(({ service }) => service === name),
  );
  // Before a stack's first release there is nobody yet, and whoever follows waits for them.
  if (missing.length === 0 || (await findColors(directory, choice)).length === 0) return sources;
  const all = await findSources(engine, directory, { ...choice, services: [] });
  const known = [...new Set(all.map(({ service }) => service))].sort();
  throw new Error(
    `--service: ${missing.join(", ")}: no container of it is there; there are ${known.join(", ") || "none"}`,
  );
}

/** The same, whatever is missing: while a release is placed its containers are gone for a moment. */
export async function findSources(
  engine: Docker,
  directory: HostDirectory,
  choice: LogChoice,
): Promise<LogSource[]> {
  const colors = await findColors(directory, choice);
  const listed = colors.map(async (set) => {
    const containers = await listSet(engine, choice.prefix, set);
    return containers.map(({ id, service, replica, state }): LogSource => ({
      ...{ id, set, service, replica },
      isRunning: state === "running",
    }));
  });
  // They are of no set and of no release, and their lines are read beside those of either.
  const beside = choice.release === undefined ? await findBeside(engine, choice.prefix) : [];
  const all = [...(await Promise.all(listed)).flat(), ...beside];
  const own = all.filter(
    ({ service }) => choice.services.length === 0 || choice.services.includes(service),
  );
  return choice.edge ? [...own, ...(await findEdge(engine, choice.prefix))] : own;
}

async function findColors(
  { edge, records }: HostDirectory,
  { sets, release }: LogChoice,
): Promise<readonly Color[]> {
  if (release !== undefined) {
    const placements = await Promise.all(COLORS.map((color) => records.readPlacement(color)));
    const held = placements.map((placement) => placement?.record.id);
    const found = COLORS.filter((_, index) => held[index]?.startsWith(release));
    if (found.length > 0) return found;
    throw new Error(
      `--release: no set holds ${release}; their containers are those of ${held.filter(Boolean).join(" and ") || "none"}`,
    );
  }
  if (sets === "both") return COLORS;
  if (sets !== "active" && sets !== "idle") return [sets];
  const active = await edge.readActiveColor();
  if (active === null) return sets === "active" ? [] : COLORS;
  return [sets === "active" ? active : otherColor(active)];
}

/** Stateful services. */
async function findBeside(engine: Docker, prefix: string): Promise<LogSource[]> {
  const found = await listStateful(engine, prefix);
  return found.map((each) => ({ ...each, set: null, replica: 0 }));
}

async function findEdge(engine: Docker, prefix: string): Promise<LogSource[]> {
  const name = edgeContainerName(prefix);
  const found = await engine.listContainers({ all: true, filters: { name: [`^/${name}$`] } });
  return found.map(({ Id, State }) => ({
    ...{ id: Id, set: null, service: "edge", replica: 0 },
    isRunning: State === "running",
  }));
}
