import type Docker from "dockerode";
import type { SetMember } from "../../host/inspectSet";
import type { ReleaseRecord } from "../../release/release";

/**
 * The docker provider knows no limit of processes, and a fork bomb in a new release must not reach the serving set.
 *
 * @returns containers that got no limit, and why: the Engine limits only what runs, and one may be exiting just now.
 */
export async function limitProcesses(
  engine: Docker,
  record: ReleaseRecord,
  members: readonly SetMember[],
): Promise<Map<SetMember, string>> {
  const failed = new Map<SetMember, string>();
  await Promise.all(
    members.map(async (member) => {
      const limit = record.services[member.service]!.resources.pids;
      try {
        await engine.getContainer(member.id).update({ PidsLimit: limit });
      } catch (error) {
        failed.set(member, (error as Error).message);
      }
    }),
  );
  return failed;
}
