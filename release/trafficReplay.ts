import { otherColor, type Color } from "./release";
import { summarizeBaseline } from "./trafficBaseline";
import { DEFAULT_WARM_UP_SECONDS, type TrafficLimits } from "./trafficLimits";
import { TrafficTally, type UserRequest, type WorstPath } from "./trafficTally";
import { isFailing, judgeTraffic, type TrafficInput, type TrafficVerdict } from "./trafficVerdict";

/** How long before the switch counts, in seconds. */
export const PAST_SECONDS = 600;
const SHOWN_PATHS = 3;

export interface ReplayOptions {
  /** When the traffic moved, in Unix time. @default - when `color` first answers after the other set */
  readonly movedAt?: number;
  /** The set that it moved to. @default - the one that answers last */
  readonly color?: Color;
  readonly limits: (service: string | null) => TrafficLimits;
}

/** What a watch would have said. */
export interface Replay {
  readonly color: Color;
  readonly movedAt: number;
  /** Seconds after the switch at which the release would have gone back; null: it would have stayed. */
  readonly failedAfterSeconds: number | null;
  /** At that time, else at the end. */
  readonly verdict: TrafficVerdict;
  /** Service, or `*` for all -> paths with the most bad requests. */
  readonly worstPaths: Readonly<Record<string, readonly WorstPath[]>>;
}

/**
 * Judges recorded requests as a watch would have, second by second.
 *
 * @param requests in the order of time; at least one.
 */
export function replayTraffic(requests: readonly UserRequest[], options: ReplayOptions): Replay {
  const color = options.color ?? requests.at(-1)!.color;
  const movedAt = options.movedAt ?? findMove(requests, color);
  const before = new TrafficTally();
  const past = requests.filter(
    (it) => it.at < movedAt && it.at >= movedAt - PAST_SECONDS && it.color === otherColor(color),
  );
  past.forEach((request) => before.add(request, true));
  const watched = requests.filter(({ at, color: of }) => at >= movedAt && of === color);
  const services = [...new Set(watched.map(({ service }) => service))].sort();
  const window = { from: Math.floor(past[0]?.at ?? movedAt), until: Math.ceil(movedAt) };
  const baselines = new Map(
    [null, ...services].map((name) => [
      name,
      past.length === 0 ? null : summarizeBaseline(before.counts(name), window),
    ]),
  );
  const after = new TrafficTally();
  const input = (): TrafficInput => {
    const traffic = (service: string | null) => ({
      ...{ watch: after.counts(service), beside: null, limits: options.limits(service) },
      baseline: baselines.get(service) ?? null,
    });
    const parts = services.map((service) => [service, traffic(service)] as const);
    return { whole: traffic(null), services: Object.fromEntries(parts), missing: null };
  };
  let failedAfterSeconds: number | null = null;
  let look = movedAt + 1;
  for (const request of watched) {
    while (request.at >= look && failedAfterSeconds === null) {
      if (isFailing(input())) failedAfterSeconds = Math.round(look - movedAt);
      look += 1;
    }
    if (failedAfterSeconds !== null) break;
    after.add(request, request.at >= movedAt + DEFAULT_WARM_UP_SECONDS);
  }
  const verdict = judgeTraffic(input());
  if (failedAfterSeconds === null && verdict.verdict === "fail") {
    failedAfterSeconds = Math.ceil(watched.at(-1)!.at - movedAt);
  }
  const worst = [null, ...services].map((name) => [
    name ?? "*",
    after.worstPaths(name, SHOWN_PATHS),
  ]);
  return {
    ...{ color, movedAt, failedAfterSeconds, verdict },
    worstPaths: Object.fromEntries(worst) as Replay["worstPaths"],
  };
}

/** So many answers of the other set in a row are no longer those that were under way when the traffic moved. */
const STRETCH = 10;

/** When the set's last stretch begins. */
function findMove(requests: readonly UserRequest[], color: Color): number {
  let movedAt = requests.at(-1)!.at;
  let others = 0;
  for (let index = requests.findLastIndex((it) => it.color === color); index >= 0; index -= 1) {
    const { at, color: of } = requests[index]!;
    others = of === color ? 0 : others + 1;
    if (others >= STRETCH) break;
    if (of === color) movedAt = at;
  }
  return movedAt;
}
