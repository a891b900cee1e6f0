import type Docker from "dockerode";
import type { SetMember } from "../../host/inspectSet";
import type { ReleaseRecord } from "../../release/release";
import { FULL_SHARES } from "../../rules/host/cpuShares";

/** Containers whose limits stayed as they were, and why: the Engine limits only what runs, and one may be exiting just now. */
export type Unchanged = ReadonlyMap<SetMember, string>;

/** The docker provider knows no limit of processes, and a fork bomb in a new release must not reach the serving set. */
export function limitProcesses(
  engine: Docker,
  { services }: ReleaseRecord,
  members: readonly SetMember[],
): Promise<Unchanged> {
  return change(engine, members, ({ service }) => ({
    PidsLimit: services[service]!.resources.pids,
  }));
}

/** As much of the processor as any other service: those that have started, and are to serve. */
export function giveFullShares(engine: Docker, members: readonly SetMember[]): Promise<Unchanged> {
  return change(engine, members, () => ({ CpuShares: FULL_SHARES }));
}

async function change(
  engine: Docker,
  members: readonly SetMember[],
  to: (member: SetMember) => object,
): Promise<Unchanged> {
  const unchanged = new Map<SetMember, string>();
  await Promise.all(
    members.map(async (member) => {
      try {
        await engine.getContainer(member.id).update(to(member));
      } catch (error) {
        unchanged.set(member, (error as Error).message);
      }
    }),
  );
  return unchanged;
}
