import { migrationWaves, type OrderedMigration } from "../../release/migrationOrder";

/** Migrations at once: each one is a Python process that loads SQLAlchemy. */
const PARALLEL_MIGRATIONS = 4;

/**
 * Does something for each service: what others need first, and what is independent side by side, a few at once. After a
 * wave with a failure nothing further is begun.
 *
 * @returns the results in the order of services, and every failure.
 */
export async function inWaves<T>(
  services: Readonly<Record<string, OrderedMigration>>,
  action: (service: string) => Promise<T>,
): Promise<{ done: T[]; failures: Error[] }> {
  const done: T[] = [];
  const failures: Error[] = [];
  for (const wave of migrationWaves(services)) {
    const left = [...wave];
    const results = new Map<string, T>();
    const work = async () => {
      for (let service = left.shift(); service !== undefined; service = left.shift()) {
        try {
          results.set(service, await action(service));
        } catch (error) {
          failures.push(error as Error);
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_MIGRATIONS }, work));
    done.push(...wave.flatMap((service) => results.get(service) ?? []));
    if (failures.length > 0) break;
  }
  return { done, failures };
}
