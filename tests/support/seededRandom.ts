import { createCipheriv, createHash } from "node:crypto";

/** Random numbers that are the same at each run: the key stream of a cipher. */
export class SeededRandom {
  private readonly cipher;
  private block = Buffer.alloc(0);
  private position = 0;
  private spare: number | null = null;

  constructor(seed: string) {
    const key = createHash("sha256").update(seed).digest();
    this.cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  /** From 0 to below 1. */
  next(): number {
    if (this.position === this.block.length) {
      this.block = this.cipher.update(Buffer.alloc(65_536));
      this.position = 0;
    }
    const value = this.block.readUInt32LE(this.position);
    this.position += 4;
    return value / 2 ** 32;
  }

  /** How many of `tries` succeed. */
  binomial(tries: number, chance: number): number {
    let successes = 0;
    for (let index = 0; index < tries; index += 1) if (this.next() < chance) successes += 1;
    return successes;
  }

  /** Number of events where `mean` are expected; for means below some 500. */
  poisson(mean: number): number {
    let events = -1;
    for (let rest = mean; rest >= 0; events += 1) rest += Math.log(1 - this.next());
    return events;
  }

  /** Normal, mean 0, standard deviation 1 (Box and Muller's pairs). */
  normal(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
