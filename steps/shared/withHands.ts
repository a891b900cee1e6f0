import { DockerHostHands, type DockerHostPlace } from "../../targets/dockerHost/hands";
import type { TargetHands } from "../../targets/hands";

/** Connects to where the stack runs, does it, and ends the connection whatever came of it. */
export async function withHands<T>(
  place: DockerHostPlace,
  action: (hands: TargetHands) => Promise<T>,
): Promise<T> {
  const hands = await DockerHostHands.open(place);
  try {
    return await action(hands);
  } finally {
    hands.close();
  }
}
