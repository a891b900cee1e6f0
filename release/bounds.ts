/**
 * Upper bound of a rate of which `bad` of `requests` were seen: with the given confidence the true rate is not above it
 * (Clopper and Pearson's, which is exact for independent requests).
 *
 * @param confidence such as 0.99.
 * @returns a rate from 0 to 1; 1 where nothing was seen.
 */
export function upperBound(bad: number, requests: number, confidence: number): number {
  if (bad >= requests) return 1;
  let [low, high] = [0, 1];
  // The chance of seeing so few falls as the rate rises: 60 halvings reach the last digit of a number.
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(bad, requests, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Interval that holds a rate with the given confidence, of which `bad` of `count` were seen and nothing was known before
 * (the middle of the Beta distribution that is left of a flat prior).
 *
 * @param confidence such as 0.9.
 */
export function rateInterval(bad: number, count: number, confidence: number): [number, number] {
  const [a, b] = [bad + 1, count - bad + 1];
  const tail = (1 - confidence) / 2;
  return [betaQuantile(tail, a, b), betaQuantile(1 - tail, a, b)];
}

function betaQuantile(share: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Rank, from 1, of the value among `count` sorted ones that is, with the given confidence, at least the true quantile.
 *
 * @param quantile such as 0.95.
 * @returns null: there are too few values, and even the largest may be below it (fewer than 90 for 0.95 at 0.99).
 */
export function quantileRank(quantile: number, count: number, confidence: number): number | null {
  const isEnough = (rank: number) => chanceOfAtMost(rank - 1, count, quantile) >= confidence;
  if (count === 0 || !isEnough(count)) return null;
  let [tooLow, enough] = [0, count];
  while (enough - tooLow > 1) {
    const middle = Math.floor((tooLow + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooLow = middle;
  }
  return enough;
}

/** Chance of `most` or fewer successes in `tries` independent tries. */
function chanceOfAtMost(most: number, tries: number, chance: number): number {
  if (most >= tries || chance <= 0) return 1;
  if (most < 0 || chance >= 1) return 0;
  return incompleteBeta(1 - chance, tries - most, most + 1);
}

/** Regularized incomplete beta function I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  // The fraction is quick on this side of the mean, and I_x(a, b) = 1 - I_{1-x}(b, a) leads to it.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const log = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return Math.exp(log) / (a * betaFraction(x, a, b));
}

/**
 * The continued fraction 1 + d1/(1 + d2/(1 + ...)) below the incomplete beta function (Abramowitz and Stegun 26.5.8),
 * from its end. It takes about the square root of `a` or `b` terms to settle.
 */
function betaFraction(x: number, a: number, b: number): number {
  const terms = 60 + 12 * Math.ceil(Math.sqrt(Math.max(a, b)));
  let value = 1;
  for (let term = terms; term >= 1; term -= 1) value = 1 + fractionTerm(term, x, a, b) / value;
  return value;
}

function fractionTerm(term: number, x: number, a: number, b: number): number {
  const m = Math.floor(term / 2);
  return term % 2 === 0
    ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
}

/** Coefficients of Stirling's series, B(2k) / (2k (2k-1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];

/** Natural logarithm of the gamma function of a positive number: Stirling's series, which is exact enough from 10 on. */
export function logGamma(value: number): number {
  let shift = 0;
  let z = value;
  for (; z < 10; z += 1) shift += Math.log(z);
  const series = STIRLING.reduce((sum, factor, k) => sum + factor / z ** (2 * k + 1), 0);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
