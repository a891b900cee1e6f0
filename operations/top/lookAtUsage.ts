import type Docker from "dockerode";
import { readUsage, type ContainerUsage } from "../../host/containerUsage";
import { listSet } from "../../host/engine";
import { listStateful } from "../../host/listStateful";
import { COLORS, type Color } from "../../release/release";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { EDGE, type TopRow } from "../../rules/top/topTable";

/** What the containers of a service of a set use. */
export type UsageRow = Pick<
  TopRow,
  "set" | "service" | "replicas" | "cpus" | "memoryBytes" | "memoryLimitBytes"
>;

/** A container that is looked at. */
interface Watched {
  readonly id: string;
  readonly set: Color | null;
  readonly service: string;
}

interface Sample extends Watched {
  readonly usage: ContainerUsage;
}

const NANOSECONDS = 1e6;

/** Looks again and again at what a stack's containers use; the time on processors is told from one look to the next. */
export class UsageLooks {
  private before = new Map<string, ContainerUsage>();

  constructor(
    private readonly engine: Docker,
    private readonly prefix: string,
  ) {}

  async look(): Promise<UsageRow[]> {
    const watched = await this.findRunning();
    const samples = (await Promise.all(watched.map((each) => this.sample(each)))).flat();
    const keys = new Set(samples.map(({ set, service }) => `${set} ${service}`));
    const rows = [...keys].map((key) =>
      this.rowOf(samples.filter(({ set, service }) => `${set} ${service}` === key)),
    );
    this.before = new Map(samples.map(({ id, usage }) => [id, usage]));
    return rows;
  }

  private async findRunning(): Promise<Watched[]> {
    const [stateful, ...sets] = await Promise.all([
      listStateful(this.engine, this.prefix),
      ...COLORS.map(async (set) =>
        (await listSet(this.engine, this.prefix, set))
          .filter(({ state }) => state === "running")
          .map(({ id, service }): Watched => ({ id, set, service })),
      ),
    ]);
    const beside = stateful
      .filter(({ isRunning }) => isRunning)
      .map(({ id, service }): Watched => ({ id, set: null, service }));
    const edge = { id: edgeContainerName(this.prefix), set: null, service: EDGE };
    return [...sets.flat(), ...beside, edge];
  }

  /** Nothing for a container that was removed, or has ended, meanwhile. */
  private async sample(watched: Watched): Promise<Sample[]> {
    try {
      const usage = await readUsage(this.engine.getContainer(watched.id));
      // The Engine answers for what does not run, too, with its own zero of time.
      return usage.at > 0 ? [{ ...watched, usage }] : [];
    } catch (error) {
      if ([404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) return [];
      throw error;
    }
  }

  private rowOf(samples: readonly Sample[]): UsageRow {
    const { set, service } = samples[0]!;
    const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
    const shares = samples.flatMap(({ id, usage }) => cpusBetween(this.before.get(id), usage));
    return {
      ...{ set, service, replicas: samples.length },
      cpus: shares.length === samples.length ? sum(shares) : null,
      memoryBytes: sum(samples.map(({ usage }) => usage.memoryBytes)),
      memoryLimitBytes: sum(samples.map(({ usage }) => usage.memoryLimitBytes)),
    };
  }
}

/** Empty: one look says nothing of it. A container that was started again counts from its start. */
function cpusBetween(before: ContainerUsage | undefined, after: ContainerUsage): number[] {
  if (before === undefined || after.at <= before.at) return [];
  const used = after.cpuNanoseconds - before.cpuNanoseconds;
  return [(used < 0 ? after.cpuNanoseconds : used) / NANOSECONDS / (after.at - before.at)];
}
