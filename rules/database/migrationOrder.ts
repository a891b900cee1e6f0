/** What the order of migrations depends on. */
export interface OrderedMigration {
  /** Services whose migrations come first. */
  readonly after: readonly string[];
}

/** Services in waves: those of one wave do not depend on each other, and each wave comes after those before it. */
export function migrationWaves(services: Readonly<Record<string, OrderedMigration>>): string[][] {
  const waves: string[][] = [];
  const done = new Set<string>();
  let left = Object.keys(services).sort();
  while (left.length > 0) {
    const wave = left.filter((service) =>
      services[service]!.after.every((other) => done.has(other) || !(other in services)),
    );
    // services.yaml is checked for circles; without this a record of another version could hang an update.
    if (wave.length === 0) throw new Error(`migrations wait for each other: ${left.join(", ")}`);
    wave.forEach((service) => done.add(service));
    waves.push(wave);
    left = left.filter((service) => !done.has(service));
  }
  return waves;
}
