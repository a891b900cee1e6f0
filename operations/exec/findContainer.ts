import type Docker from "dockerode";
import { listSet } from "../../host/engine";
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
  readonly color: Color;
  /** What the set holds; null: no record tells. */
  readonly release: string | null;
}

/** @throws Error naming what there is, where no such container runs. */
export async function findContainer(
  engine: Docker,
  directory: HostDirectory,
  { prefix, service, set, replica }: ContainerChoice,
): Promise<FoundContainer> {
  const color = await colorOf(directory, set);
  const containers = await listSet(engine, prefix, color);
  const of = containers.filter((each) => each.service === service);
  const found = of.find((each) => each.replica === replica);
  if (found?.state === "running") {
    const record = (await directory.records.readPlacement(color))?.record;
    return { id: found.id, color, release: record?.id ?? null };
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

async function colorOf(directory: HostDirectory, set: ContainerChoice["set"]): Promise<Color> {
  if (set !== "active" && set !== "idle") return set;
  const active = await directory.edge.readActiveColor();
  if (active === null) throw new Error("nothing serves yet; run `pulumi up`");
  return set === "active" ? active : otherColor(active);
}
