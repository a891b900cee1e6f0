import type Docker from "dockerode";
import { listSet } from "../../host/engine";
import { findStateful } from "../../host/statefulContainers";
import type { HostDirectory } from "../../host/hostDirectory";
import { otherColor, type Color } from "../../release/release";

/** Which container of a stack a command is for. */
export interface ContainerChoice {
  readonly prefix: string;
  readonly service: string;
  readonly set: "active" | "idle" | Color;
  readonly replica: number;
}

/** A container that runs, and the set that it is of. */
export interface FoundContainer {
  readonly id: string;
  /** Null: it is of no set. */
  readonly color: Color | null;
  /** What the set holds; null: no record tells, or it is of none. */
  readonly release: string | null;
}

/** @throws Error naming what there is, where no such container runs. */
export async function findContainer(
  engine: Docker,
  directory: HostDirectory,
  { prefix, service, set, replica }: ContainerChoice,
): Promise<FoundContainer> {
  const record = await directory.records.stateful.read(service);
  if (record && !record.removed) return findBeside(engine, { prefix, service, replica });
  const color = await colorOf(directory, set);
  const containers = await listSet(engine, prefix, color);
  const of = containers.filter((each) => each.service === service);
  const found = of.find((each) => each.replica === replica);
  if (found?.state === "running") {
    const placement = await directory.records.readPlacement(color);
    return { id: found.id, color, release: placement?.record.id ?? null };
  }
  if (found)
    throw new Error(`${found.name}: does not run, it is ${found.state}; see \`maestro status\``);
  if (of.length > 0) {
    const replicas = of.map((each) => each.replica).sort((a, b) => a - b);
    throw new Error(
      `--replica: ${service} has ${replicas.join(", ")} in the ${color} set, got ${replica}`,
    );
  }
  const names = [...new Set(containers.map((each) => each.service))].sort();
  throw new Error(
    `${service}: no such service in the ${color} set, where ${names.join(", ") || "nothing"} is; name one of them, ` +
      `or another set (--set)`,
  );
}

/** A stateful service, which is of no set and has one container. */
async function findBeside(
  engine: Docker,
  { prefix, service, replica }: Pick<ContainerChoice, "prefix" | "service" | "replica">,
): Promise<FoundContainer> {
  if (replica !== 0) throw new Error(`--replica: ${service} has 0 alone, got ${replica}`);
  const { current } = await findStateful({ engine, prefix, service });
  if (current?.isRunning) return { id: current.id, color: null, release: null };
  const state = current ? `it is ${current.state}` : "its container is missing";
  throw new Error(`${service}: does not run, ${state}; see \`maestro status\``);
}

async function colorOf(directory: HostDirectory, set: ContainerChoice["set"]): Promise<Color> {
  if (set !== "active" && set !== "idle") return set;
  const active = await directory.edge.readActiveColor();
  if (active === null) throw new Error("nothing serves yet; run `pulumi up`");
  return set === "active" ? active : otherColor(active);
}
