/** What a number counts. */
export type Unit = "s" | "ms" | "µs" | "MB" | "kB" | "%" | "requests" | "x";

/** One thing that was measured, once a round. */
export interface Measurement {
  readonly name: string;
  readonly unit: Unit;
  /** One a round, without the warm-up. */
  readonly samples: readonly number[];
  /** How the samples become one number. */
  readonly summary: "median" | "sum";
  /** What the number should be at the most. */
  readonly atMost?: number;
}

/** A part of the bench: a question and the numbers that answer it. */
export interface PartResult {
  readonly name: string;
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/** How often to measure. The first round warms up and is not counted, unless it is the only one. */
export interface Rounds {
  readonly count: number;
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The one number that stands for a measurement. */
export function valueOf({ samples, summary }: Measurement): number {
  return summary === "sum" ? samples.reduce((sum, it) => sum + it, 0) : median(samples);
}

/** Whether the target was met; null where there is none. */
export function isMet(measurement: Measurement): boolean | null {
  return measurement.atMost === undefined ? null : valueOf(measurement) <= measurement.atMost;
}

/** Collects samples by name, round by round. */
export class Samples<Name extends string> {
  private readonly byName = new Map<Name, number[]>();

  add(name: Name, value: number): void {
    this.byName.set(name, [...this.of(name), value]);
  }

  of(name: Name): readonly number[] {
    return this.byName.get(name) ?? [];
  }

  /** `of / to` in each round: both were measured moments apart, so what else the machine does weighs on both. */
  ratios(of: Name, to: Name): number[] {
    const divisors = this.of(to);
    return this.of(of).map((value, round) => value / (divisors[round] ?? NaN));
  }
}

/** Runs `round` as often as wanted; the warm-up's samples are thrown away. */
export async function measure<Name extends string>(
  { count }: Rounds,
  round: (samples: Samples<Name>, number: number) => Promise<void>,
): Promise<Samples<Name>> {
  let samples = new Samples<Name>();
  for (let number = 0; number < count; number += 1) {
    await round(samples, number);
    if (number === 0 && count > 1) samples = new Samples<Name>();
  }
  return samples;
}
