import type { UserRequest } from "../../release/trafficTally";
import type { TrafficFeed } from "../hands";
import type { HostGroup } from "./hostGroup";
import { withName } from "./merge";

/**
 * Tells of the users of all hosts by the clock of the first one: clocks of machines are apart, and a request before the
 * move on one of them would be told as one behind it.
 */
export async function followAll(
  group: HostGroup,
  pastSeconds: number,
  tell: (request: UserRequest) => void,
): Promise<TrafficFeed> {
  const feeds = new Map<string, TrafficFeed>();
  const close = () => feeds.forEach((feed) => feed.close());
  const early: { host: string; request: UserRequest }[] = [];
  let shifts: ReadonlyMap<string, number> | null = null;
  const told = (host: string, request: UserRequest) => {
    // How far the clocks are apart is known once all of them are there.
    if (shifts === null) early.push({ host, request });
    else tell({ ...request, at: request.at + (shifts.get(host) ?? 0) });
  };
  try {
    await group.each(async ({ name, hands }) => {
      feeds.set(name, await hands.followTraffic(pastSeconds, (request) => told(name, request)));
    });
  } catch (error) {
    close();
    throw error;
  }
  const first = feeds.get(group.first.name)!;
  shifts = new Map([...feeds].map(([name, feed]) => [name, first.now() - feed.now()]));
  for (const { host, request } of early) told(host, request);
  return { now: () => first.now(), missing: () => missingOf(group, feeds), close };
}

function missingOf(group: HostGroup, feeds: ReadonlyMap<string, TrafficFeed>): string | null {
  const says = group.all.flatMap((host) => {
    const missing = feeds.get(host.name)?.missing() ?? null;
    return missing === null ? [] : withName(host, [missing]);
  });
  return says.length > 0 ? says.join("; ") : null;
}
