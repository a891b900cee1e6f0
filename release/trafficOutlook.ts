import { seenRate } from "./evidence";
import type { TrafficBaseline } from "./trafficBaseline";
import { DEFAULT_ALPHA, type TrafficLimits } from "./trafficLimits";

/** Fewer requests in a second say too little of a small share in a few minutes. */
export const SMALL_SHARE_PER_SECOND = 20;
/** What is seen only from here on is hardly a watch. */
const HARDLY = 0.5;

/**
 * What a watch can notice at the traffic that the release before had in its own, for people.
 *
 * @param watch how long, and of which percentage of the clients.
 * @param services how many are judged, each by two tests and more.
 */
export function describeOutlook(
  { from, until, requests, errorBound, errorBurstiness }: TrafficBaseline,
  watch: { readonly seconds: number; readonly percent: number },
  { errors }: TrafficLimits,
  services: number,
): string {
  const perSecond = requests / Math.max(1, until - from);
  const expected = Math.round((perSecond * watch.seconds * watch.percent) / 100);
  const allowed = Math.min(errors.maximum, Math.max(errors.floor, errors.tolerance * errorBound));
  const alpha = DEFAULT_ALPHA / (4 * (services + 1));
  const seen = seenRate(allowed, expected, alpha, errorBurstiness);
  const of = watch.percent === 100 ? "" : `of ${watch.percent} % of the clients `;
  const at = `at the ${rounded(perSecond)} requests/s of the last watch, one ${of}for ${watch.seconds} s`;
  if (seen === null || seen >= HARDLY) {
    return `${at} can hardly tell a bad release from a good one: about ${expected} requests; watch longer`;
  }
  return `${at} notices ${rounded(100 * seen)} % of failed requests or more (with a chance of 90 %)`;
}

/** What is wrong with small shares at this traffic; null: nothing. */
export function adviseShares(
  { from, until, requests }: TrafficBaseline,
  percents: readonly number[],
): string | null {
  const perSecond = requests / Math.max(1, until - from);
  const small = percents.filter((percent) => percent < 50);
  if (perSecond >= SMALL_SHARE_PER_SECOND || small.length === 0) return null;
  return (
    `${rounded(perSecond)} requests/s are too few for shares of ${small.join(", ")} %: fewer, larger steps, such as 50 and ` +
    `100, say more in the same time`
  );
}

function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
