import { isFailing } from "../../release/trafficVerdict";
import type { SecondCounts, TrafficCounts } from "../../release/trafficCounts";
import { SeededRandom } from "../../tests/support/seededRandom";
import { pretendTraffic, randomly, trafficOf } from "../../tests/support/trafficCounts";
import type { Context } from "../context";
import { median, type Measurement } from "../measurement";

/** Releases in one round of one row. */
const RELEASES = 40;
const PAST_SECONDS = 600;
const WATCH_SECONDS = 300;

/** Requests a second, and share of failures before and after. */
type Row = readonly [perSecond: number, before: number, after: number];

const ROWS: readonly Row[] = [
  [50, 0.01, 0.01],
  [10, 0.01, 0.01],
  [50, 0.001, 0.001],
  [50, 0.01, 0.03],
  [50, 0.01, 0.05],
  [10, 0.01, 0.05],
  [50, 0.01, 0.1],
  [10, 0.01, 0.1],
  [2, 0.01, 0.1],
];

/**
 * What the judge of a watch does with releases that are as bad as the one before, and with worse ones; beside the rule that
 * most tools have, "more than 1.5 times the failures of before in any window of ten seconds". Simulated: no stack.
 */
export function traffic({ rounds }: Context): Promise<Measurement[]> {
  const random = new SeededRandom("bench traffic");
  const measurements = ROWS.flatMap((row) => {
    const samples = Array.from({ length: rounds.count }, () => simulate(random, row));
    const name = describe(row);
    const found = samples.flatMap(({ seconds }) => seconds);
    const isGood = row[1] === row[2];
    return [
      {
        ...{
          name: `${name}: sent back within 5 min`,
          unit: "%" as const,
          summary: "median" as const,
        },
        samples: samples.map(({ seconds }) => (100 * seconds.length) / RELEASES),
        ...(isGood ? { atMost: 2 } : {}),
      },
      ...(isGood
        ? []
        : [
            {
              ...{ name: `${name}: seconds until then`, unit: "s" as const },
              ...{
                samples: found.length > 0 ? [median(found)] : [NaN],
                summary: "median" as const,
              },
            },
          ]),
      ...(isGood
        ? [
            {
              ...{ name: `${name}: sent back by a threshold`, unit: "%" as const },
              samples: samples.map(({ byThreshold }) => (100 * byThreshold) / RELEASES),
              summary: "median" as const,
            },
          ]
        : []),
    ];
  });
  return Promise.resolve(measurements);
}

function describe([perSecond, before, after]: Row): string {
  return `${perSecond} requests/s, ${before * 100} -> ${after * 100} % failures`;
}

/** Seconds after which each release was sent back, and how many a threshold would have. */
function simulate(random: SeededRandom, [perSecond, before, after]: Row) {
  const seconds: number[] = [];
  let byThreshold = 0;
  for (let index = 0; index < RELEASES; index += 1) {
    const past = pretendTraffic({
      ...{ from: 0, seconds: PAST_SECONDS },
      ...randomly(random, perSecond, before),
    });
    const watch = pretendTraffic({
      ...{ from: PAST_SECONDS, seconds: WATCH_SECONDS },
      ...randomly(random, perSecond, after),
    });
    const failed = firstFailure(past, watch);
    if (failed !== null) seconds.push(failed);
    if (exceeds(past.seconds, watch.seconds)) byThreshold += 1;
  }
  return { seconds, byThreshold };
}

function firstFailure(before: TrafficCounts, watch: TrafficCounts): number | null {
  const service = trafficOf(watch, { before, limits: { latency: { dryRun: true } } });
  for (let second = 1; second <= watch.seconds.length; second += 1) {
    const seen = { ...service, watch: { seconds: watch.seconds.slice(0, second), slowest: {} } };
    if (isFailing({ whole: seen, services: { web: seen }, missing: null })) return second;
  }
  return null;
}

/** "More than 1.5 times as many" in a window of ten seconds. */
function exceeds(before: readonly SecondCounts[], watch: readonly SecondCounts[]): boolean {
  const rateOf = (seconds: readonly SecondCounts[]) => {
    const requests = seconds.reduce((sum, it) => sum + it.requests, 0);
    return requests === 0 ? 0 : seconds.reduce((sum, it) => sum + it.bad, 0) / requests;
  };
  const allowed = 1.5 * rateOf(before);
  for (let start = 0; start + 10 <= watch.length; start += 10) {
    if (rateOf(watch.slice(start, start + 10)) > allowed) return true;
  }
  return false;
}
