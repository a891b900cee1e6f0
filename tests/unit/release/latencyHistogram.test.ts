import {
  addSeconds,
  bucketOf,
  countSlower,
  countAll,
  mergeHistograms,
  quantileSeconds,
  upperEdgeSeconds,
  type LatencyHistogram,
} from "../../../release/latencyHistogram";

describe("a latency histogram", () => {
  it("has 16 buckets an octave from 1 ms to 64 s, each with its upper edge", () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(0.001)).toBe(0);
    expect(bucketOf(0.002)).toBe(15);
    expect(bucketOf(0.002_01)).toBe(16);
    expect(bucketOf(64)).toBe(255);
    expect(bucketOf(1_000)).toBe(255);
    expect(upperEdgeSeconds(15)).toBeCloseTo(0.002, 12);
    for (let milliseconds = 1; milliseconds < 64_000; milliseconds += 7) {
      const seconds = milliseconds / 1000;
      const edge = upperEdgeSeconds(bucketOf(seconds));
      expect(edge).toBeGreaterThanOrEqual(seconds * (1 - 1e-9));
      expect(edge / seconds).toBeLessThan(1.0443);
    }
  });

  it("counts what is slower than a bucket's upper edge, which a limit is rounded up to", () => {
    const histogram: LatencyHistogram = {};
    for (const seconds of [0.01, 0.1, 2, 2.04, 2.5]) addSeconds(histogram, seconds);
    expect(countAll(histogram)).toBe(5);
    expect(countSlower(histogram, 2)).toBe(1);
    expect(countSlower(histogram, 0.05)).toBe(4);
    expect(countSlower(histogram, 70)).toBe(0);
  });

  it("gives the upper edge that a share of the values does not exceed", () => {
    const histogram: LatencyHistogram = {};
    for (let rank = 1; rank <= 100; rank += 1) addSeconds(histogram, rank / 100);
    expect(quantileSeconds(histogram, 0.95)! / 0.95).toBeCloseTo(1, 1);
    expect(quantileSeconds({}, 0.95)).toBeNull();
  });

  it("adds up over services without a change of the parts", () => {
    const one: LatencyHistogram = { 3: 1 };
    expect(mergeHistograms([one, { 3: 2, 9: 1 }])).toEqual({ 3: 3, 9: 1 });
    expect(one).toEqual({ 3: 1 });
  });
});
