/** Counts of latencies by bucket; a bucket that is not there counts none. It can be written as JSON. */
export type LatencyHistogram = Record<number, number>;

const BUCKETS_AN_OCTAVE = 16;
/** 16 octaves: 1 ms to 64 s (65,536 ms). */
const BUCKETS = 256;
/** Rounding of a logarithm must not put a bucket's own edge into the next one. */
const ROUNDING = 1e-9;

/** The bucket that a latency is counted in: values up to and with its upper edge, at most 4.4 % above them. */
export function bucketOf(seconds: number): number {
  const position = BUCKETS_AN_OCTAVE * Math.log2(Math.max(seconds * 1000, 1));
  return Math.min(BUCKETS - 1, Math.max(0, Math.ceil(position - ROUNDING) - 1));
}

/** Largest latency that a bucket counts. */
export function upperEdgeSeconds(bucket: number): number {
  return 2 ** ((bucket + 1) / BUCKETS_AN_OCTAVE) / 1000;
}

/** Counts a latency. */
export function addSeconds(histogram: LatencyHistogram, seconds: number): void {
  const bucket = bucketOf(seconds);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** How many latencies are counted. */
export function countAll(histogram: LatencyHistogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0);
}

/** How many are slower than `seconds`, rounded up to the upper edge of its bucket. */
export function countSlower(histogram: LatencyHistogram, seconds: number): number {
  const limit = bucketOf(seconds);
  return Object.entries(histogram).reduce(
    (sum, [bucket, count]) => (Number(bucket) > limit ? sum + count : sum),
    0,
  );
}

/** Upper edge of the bucket with the value of this rank, from 1; null: there are fewer values. */
export function secondsOfRank(histogram: LatencyHistogram, rank: number): number | null {
  let seen = 0;
  // Whole numbers are an object's keys in ascending order.
  for (const [bucket, count] of Object.entries(histogram)) {
    seen += count;
    if (seen >= rank) return upperEdgeSeconds(Number(bucket));
  }
  return null;
}

/** The latency that a share of the requests does not exceed; null: none is counted. */
export function quantileSeconds(histogram: LatencyHistogram, quantile: number): number | null {
  return secondsOfRank(histogram, Math.max(1, Math.ceil(quantile * countAll(histogram))));
}

/** A new histogram with all of these counts. */
export function mergeHistograms(histograms: readonly LatencyHistogram[]): LatencyHistogram {
  const merged: LatencyHistogram = {};
  for (const histogram of histograms) {
    for (const [bucket, count] of Object.entries(histogram)) {
      merged[Number(bucket)] = (merged[Number(bucket)] ?? 0) + count;
    }
  }
  return merged;
}
