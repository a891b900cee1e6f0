import type Docker from "dockerode";
import {
  findDifferences,
  isLeftOut,
  withoutMissingLimits,
  type EngineLimits,
} from "../rules/host/containerDifferences";
import { STEPPED_BACK_SHARES } from "../rules/host/cpuShares";
import type { Difference } from "../rules/host/difference";
import type { InspectedContainer, InspectedImage } from "../rules/host/inspectedContainer";
import {
  expectedContainers,
  type ExpectedContainer,
  type ExpectedSet,
} from "../rules/host/expectedContainer";

/** One container of a set that its record wants and the Engine has. */
export interface SetMember {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly replica: number;
  /** Reference it was created from; a list shows a bare id once the image has lost that name. */
  readonly image: string;
  /** `running`, `exited`, `created`, `restarting` ... */
  readonly state: string;
  /** Of its last end; 0: it has not ended, or well. */
  readonly exitCode: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly startedAt: string;
  /** Null: it has never ended. */
  readonly endedAt: string | null;
  /** Whether it still steps back from the processor for others, as it does while it starts. */
  readonly stepsBack: boolean;
}

/** What the Engine says of a time that has not come. */
const NEVER = "0001-01-01T00:00:00Z";

/** A set as it is beside what its record says. */
export interface InspectedSet {
  readonly members: readonly SetMember[];
  /** Names of containers that are not there. */
  readonly missing: readonly string[];
  /** What the members are that the record does not say. */
  readonly differences: readonly Difference[];
}

/** Compares every container that a set's record wants with what the Engine has under its name. */
export async function inspectSet(engine: Docker, set: ExpectedSet): Promise<InspectedSet> {
  const expected = expectedContainers(set);
  const images = new Images(engine);
  const inspected = await Promise.all(
    expected.map(async (wanted) => {
      const actual = await found(engine.getContainer(wanted.name).inspect());
      return actual && { wanted, actual, image: await images.inspect(actual.Image) };
    }),
  );
  const there = inspected.filter((one) => one !== null);
  const differences = there.flatMap(({ wanted, actual, image }) =>
    findDifferences(wanted, actual as InspectedContainer, image),
  );
  const names = new Set(there.map(({ wanted }) => wanted.name));
  return {
    members: there.map(({ wanted, actual }) => memberOf(wanted, actual)),
    missing: expected.map(({ name }) => name).filter((name) => !names.has(name)),
    differences: differences.some(isLeftOut)
      ? withoutMissingLimits(differences, (await engine.info()) as EngineLimits)
      : differences,
  };
}

function memberOf(
  { name, service, replica }: ExpectedContainer,
  { Id, State, Config, Created, HostConfig }: Docker.ContainerInspectInfo,
): SetMember {
  const { Status, ExitCode, StartedAt, FinishedAt } = State;
  return {
    ...{ id: Id, name, service, replica, image: Config.Image, state: Status },
    ...{ exitCode: ExitCode, createdAt: Created, startedAt: StartedAt },
    endedAt: FinishedAt === NEVER ? null : FinishedAt,
    stepsBack: HostConfig.CpuShares === STEPPED_BACK_SHARES,
  };
}

/** Images by id: that is theirs whatever became of their names, and lasts as long as a container of theirs. */
class Images {
  private readonly known = new Map<string, Promise<InspectedImage | null>>();

  constructor(private readonly engine: Docker) {}

  inspect(id: string): Promise<InspectedImage | null> {
    const known = this.known.get(id) ?? found<InspectedImage>(this.engine.getImage(id).inspect());
    this.known.set(id, known);
    return known;
  }
}

async function found<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}
