/**
 * How many times as many bad requests the rivals of "no more than allowed" expect, in equal parts: what is a little
 * worse is found as well as what is much worse. Measured over rates from 1 to 50 % (docs/traffic.md).
 */
export const ERROR_MULTIPLES: readonly number[] = [1.5, 2, 3, 5, 10, 30];

/** The same for slow requests, of which a twentieth is allowed: more than twenty times as many cannot be. */
export const LATENCY_MULTIPLES: readonly number[] = [1.25, 1.5, 2, 3, 5, 10];

/**
 * Natural logarithm of the evidence against "at most `allowed` of the requests are bad", after `requests` of which `bad`
 * were bad: a mixture of likelihood ratios, one for each of `multiples`. If at most `allowed` are bad, its chance of ever
 * reaching 1/alpha is at most alpha, however often one looks (Ville's inequality).
 *
 * @param allowed a rate above 0 and below 1.
 */
export function logEvidence(
  allowed: number,
  bad: number,
  requests: number,
  multiples: readonly number[],
): number {
  const logGood = Math.log1p(-allowed);
  return logMean(
    multiples.map((multiple) => {
      const rival = withOdds(allowed, multiple);
      return bad * Math.log(rival / allowed) + (requests - bad) * (Math.log1p(-rival) - logGood);
    }),
  );
}

/** One second in which both sets had traffic. */
export interface ConcurrentSecond {
  /** Requests to the new set, and how many of them were bad. */
  readonly requests: number;
  readonly bad: number;
  /** The same of the set that served before. */
  readonly stableRequests: number;
  readonly stableBad: number;
}

/** What has been seen of two sets side by side: a log likelihood ratio for each multiple. */
export type ConcurrentEvidence = readonly number[];

/** What is known before the first second. */
export const NO_CONCURRENT_EVIDENCE: ConcurrentEvidence = ERROR_MULTIPLES.map(() => 0);

/**
 * Adds a second. Only bad requests say something: if the new set's rate is at most `tolerance` times the other's, each of
 * them belongs to the new set with the chance `tolerance * n / (tolerance * n + stable)` at most. What troubles both sets
 * alike, such as a database that pauses, is no evidence.
 */
export function addConcurrentSecond(
  evidence: ConcurrentEvidence,
  second: ConcurrentSecond,
  tolerance: number,
): ConcurrentEvidence {
  const { requests, bad, stableRequests, stableBad } = second;
  if (requests === 0 || stableRequests === 0 || bad + stableBad === 0) return evidence;
  const share = (tolerance * requests) / (tolerance * requests + stableRequests);
  return evidence.map((log, index) => {
    const rival = withOdds(share, ERROR_MULTIPLES[index]!);
    return (
      log + bad * Math.log(rival / share) + stableBad * (Math.log1p(-rival) - Math.log1p(-share))
    );
  });
}

/** Natural logarithm of the evidence of two sets side by side; the same bound holds as for {@link logEvidence}. */
export function logConcurrentEvidence(evidence: ConcurrentEvidence): number {
  return logMean(evidence);
}

/**
 * Smallest rate of bad requests that `requests` of them show with a chance of 90 %; null: none does, not even 100 %. An
 * approximation from simulated sample sizes, right to a tenth between 0.5 and 20 %.
 *
 * @param burstiness what evidence is divided by, 1 or more.
 */
export function seenRate(
  allowed: number,
  requests: number,
  alpha: number,
  burstiness: number,
): number | null {
  const needed = neededForMost(alpha, burstiness);
  return smallestSeen(allowed, (rate) => requests * divergence(rate, allowed) >= needed);
}

/**
 * The same for a set that is compared with one beside it, at the other's rate so far.
 *
 * @param tolerance how many times the other's rate is accepted.
 */
export function seenRateBeside(
  { requests, stableRequests, stableBad }: Omit<ConcurrentSecond, "bad">,
  tolerance: number,
  alpha: number,
  burstiness: number,
): number | null {
  if (requests === 0 || stableRequests === 0) return null;
  const needed = neededForMost(alpha, burstiness);
  const allowed = (tolerance * requests) / (tolerance * requests + stableRequests);
  const start = Math.min(1, (tolerance * stableBad) / stableRequests);
  return smallestSeen(start, (rate) => {
    const events = rate * requests + stableBad;
    return events * divergence((rate * requests) / events, allowed) >= needed;
  });
}

function neededForMost(alpha: number, burstiness: number): number {
  return 1.75 * burstiness * Math.log(ERROR_MULTIPLES.length / alpha);
}

/** Smallest rate above `start` that is seen, where a larger rate is seen more easily; null: not even 100 % is. */
function smallestSeen(start: number, isSeen: (rate: number) => boolean): number | null {
  if (!isSeen(1)) return null;
  let [unseen, seen] = [start, 1];
  for (let step = 0; step < 50; step += 1) {
    const middle = (unseen + seen) / 2;
    if (isSeen(middle)) seen = middle;
    else unseen = middle;
  }
  return seen;
}

/** The rate whose odds are `multiple` times those of `rate`. */
function withOdds(rate: number, multiple: number): number {
  return (multiple * rate) / (1 + (multiple - 1) * rate);
}

/** Evidence that one request brings on average when `rate` are bad and `allowed` may be (Kullback-Leibler). */
function divergence(rate: number, allowed: number): number {
  const good = rate < 1 ? (1 - rate) * Math.log((1 - rate) / (1 - allowed)) : 0;
  return rate * Math.log(rate / allowed) + good;
}

/** Logarithm of the mean of what the logarithms stand for, which may be beyond what a number holds. */
function logMean(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - largest), 0);
  return largest + Math.log(sum / logs.length);
}
