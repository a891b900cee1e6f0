import {
  addConcurrentSecond,
  ERROR_MULTIPLES,
  LATENCY_MULTIPLES,
  logConcurrentEvidence,
  logEvidence,
  NO_CONCURRENT_EVIDENCE,
  seenRate,
} from "../../../release/evidence";

describe("logEvidence", () => {
  // Computed in exact fractions.
  it.each([
    [0.02, 12, 200, 59.0967433200202, 59.9911943209815],
    [0.05, 0, 100, 0.0153874060294123, 0.0635096156924101],
    [0.005, 4, 40, 945.688114926502, 346.12622791062],
  ])("of a rate of %f and %i bad of %i requests is known exactly", (p0, bad, of, errors, slow) => {
    expect(Math.exp(logEvidence(p0, bad, of, ERROR_MULTIPLES)) / errors).toBeCloseTo(1, 9);
    expect(Math.exp(logEvidence(p0, bad, of, LATENCY_MULTIPLES)) / slow).toBeCloseTo(1, 9);
  });

  it("keeps its digits where the evidence itself is beyond what a number holds", () => {
    expect(logEvidence(0.05, 600, 3000, ERROR_MULTIPLES)).toBeCloseTo(
      Math.log(1.1484529518561) + 181 * Math.LN10,
      9,
    );
    expect(logEvidence(0.01, 100_000, 100_000, ERROR_MULTIPLES)).toBeGreaterThan(100_000);
    expect(logEvidence(0.005, 0, 50_000, ERROR_MULTIPLES)).toBeCloseTo(
      Math.log(1.00643130870583) - 55 * Math.LN10,
      9,
    );
  });

  it("is none, for or against, before the first request", () => {
    expect(logEvidence(0.05, 0, 0, ERROR_MULTIPLES)).toBeCloseTo(0, 12);
  });

  it("stops after three bad requests in a row where few are expected, after four at 5 %", () => {
    const needed = Math.log(1 / 0.002);
    expect(logEvidence(0.015, 2, 2, ERROR_MULTIPLES)).toBeLessThan(needed);
    expect(logEvidence(0.015, 3, 3, ERROR_MULTIPLES)).toBeGreaterThan(needed);
    expect(logEvidence(0.05, 3, 3, ERROR_MULTIPLES)).toBeLessThan(needed);
    expect(logEvidence(0.05, 4, 4, ERROR_MULTIPLES)).toBeGreaterThan(needed);
  });
});

describe("logConcurrentEvidence", () => {
  const second = (bad: number, stableBad: number) => ({
    requests: 5,
    bad,
    stableRequests: 45,
    stableBad,
  });

  it("is none while nothing is bad, however many requests there are", () => {
    const seen = addConcurrentSecond(NO_CONCURRENT_EVIDENCE, second(0, 0), 1.5);
    expect(logConcurrentEvidence(seen)).toBeCloseTo(0, 12);
  });

  it("is the likelihood of the odds, a second at a time", () => {
    // One bad request of the new set: q0 = 1.5*5/(1.5*5+45) = 1/7; the mean of m*q0/(1+(m-1)*q0)/q0 over m.
    const ratios = ERROR_MULTIPLES.map((m) => (7 * m) / (6 + m));
    const mean = ratios.reduce((sum, ratio) => sum + ratio) / ratios.length;
    const seen = addConcurrentSecond(NO_CONCURRENT_EVIDENCE, second(1, 0), 1.5);
    expect(Math.exp(logConcurrentEvidence(seen))).toBeCloseTo(mean, 9);
  });

  it("is against a trouble of both sets, and for one of the new set alone", () => {
    let both = NO_CONCURRENT_EVIDENCE;
    let alone = NO_CONCURRENT_EVIDENCE;
    for (let at = 0; at < 30; at += 1) {
      both = addConcurrentSecond(both, second(1, 9), 1.5);
      alone = addConcurrentSecond(alone, second(1, 0), 1.5);
    }
    expect(logConcurrentEvidence(both)).toBeLessThan(0);
    expect(logConcurrentEvidence(alone)).toBeGreaterThan(Math.log(1 / 0.002));
  });

  it("learns nothing in a second in which one of the sets had no request", () => {
    const lone = { requests: 5, bad: 5, stableRequests: 0, stableBad: 0 };
    expect(addConcurrentSecond(NO_CONCURRENT_EVIDENCE, lone, 1.5)).toEqual(NO_CONCURRENT_EVIDENCE);
  });
});

describe("seenRate", () => {
  it.each([
    [0.005, 1_081, 0.02],
    [0.005, 213, 0.05],
    [0.017, 648, 0.05],
    [0.017, 149, 0.1],
    [0.05, 654, 0.1],
    [0.05, 99, 0.2],
  ])("of p0 %f and the %i requests that a simulation needed is about %f", (p0, requests, rate) => {
    const seen = seenRate(p0, requests, 0.002, 1)!;
    expect(seen / rate).toBeGreaterThan(0.9);
    expect(seen / rate).toBeLessThan(1.1);
  });

  it("is none where even a service that fails always would not be found", () => {
    expect(seenRate(0.05, 3, 0.002, 1)).toBeNull();
    expect(seenRate(0.05, 0, 0.002, 1)).toBeNull();
  });

  it("is larger where errors come in bursts", () => {
    expect(seenRate(0.005, 500, 0.002, 5)!).toBeGreaterThan(seenRate(0.005, 500, 0.002, 1)!);
  });
});
