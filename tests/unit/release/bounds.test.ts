import { logGamma, quantileRank, upperBound } from "../../../release/bounds";

describe("upperBound", () => {
  // Computed in exact fractions.
  it.each([
    [0, 100, 0.99, 0.04500741397856405],
    [5, 500, 0.99, 0.026005046774920305],
    [12, 200, 0.95, 0.09540141772987734],
    [99, 100, 0.99, 0.9998995016917583],
  ])("of %i bad of %i at %f is known exactly", (bad, of, confidence, bound) => {
    expect(upperBound(bad, of, confidence) / bound).toBeCloseTo(1, 9);
  });

  it("is 1 where nothing is known, or all are bad", () => {
    expect(upperBound(0, 0, 0.99)).toBe(1);
    expect(upperBound(7, 7, 0.99)).toBe(1);
  });

  it("comes near the rate itself with many requests", () => {
    expect(upperBound(1_000, 100_000, 0.99)).toBeCloseTo(0.01076, 4);
    expect(upperBound(500_000, 1_000_000, 0.99)).toBeCloseTo(0.50116, 4);
  });
});

describe("quantileRank", () => {
  // Computed in exact fractions: the smallest k with P(Binomial(n, 0.95) < k) >= 0.99.
  it.each([
    [89, null],
    [90, 90],
    [91, 91],
    [500, 487],
    [1_000, 966],
  ])("of the 95th percentile of %i values is %p", (count, rank) => {
    expect(quantileRank(0.95, count, 0.99)).toBe(rank);
  });
});

describe("logGamma", () => {
  it("is the logarithm of a factorial", () => {
    for (const [n, factorial] of [
      [1, 1],
      [5, 24],
      [11, 3_628_800],
      [21, 2_432_902_008_176_640_000],
    ] as const) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 10);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 10);
  });
});
