import { DockerHostHands, type DockerHostPlace } from "../../targets/dockerHost/hands";
import type { TargetHands } from "../../targets/hands";

/**
 * Connects to where the stack runs, does it, and ends the connection whatever came of it; then has those told of it who
 * want to know, without waiting for that.
 */
export async function withHands<T>(
  place: DockerHostPlace,
  action: (hands: TargetHands) => Promise<T>,
): Promise<T> {
  const hands = await DockerHostHands.open(place);
  try {
    return await action(hands);
  } finally {
    hands.close();
    if (place.notices) (await import("./startNotices")).startNotices(place, place.notices);
  }
}
