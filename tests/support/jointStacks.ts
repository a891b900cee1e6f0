import { DockerHostHands } from "../../targets/dockerHost/hands";
import { SeveralHostsHands } from "../../targets/severalHosts/hands";
import type { TestStack } from "./testStack";

/** A stack as one host of several, and where its edge is. */
export interface JointStack {
  readonly stack: TestStack;
  readonly edgeUrl: string;
  readonly previewUrl: string;
}

/** The hands of stacks that hold the same on the same sets, as if each were a host of one stack. */
export async function openJointly(stacks: readonly JointStack[]): Promise<SeveralHostsHands> {
  const hosts = stacks.map(async ({ stack: { name, prefix, directory }, ...urls }) => {
    return { name, hands: await DockerHostHands.open({ prefix, directory, ...urls }) };
  });
  return SeveralHostsHands.open(await Promise.all(hosts));
}

/** Of each stack the set that answers users of a service, and its digest. */
export function servedJointly(
  stacks: readonly JointStack[],
  service: string,
): Promise<(string | null)[][]> {
  return Promise.all(
    stacks.map(async ({ edgeUrl }) => {
      const answer = await fetch(`${edgeUrl}/${service}/version`);
      const { digest } = (await answer.json()) as { digest: string };
      return [answer.headers.get("x-maestro-set"), digest];
    }),
  );
}
