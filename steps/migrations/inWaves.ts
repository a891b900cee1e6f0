import { migrationWaves, type OrderedMigration } from "../../rules/database/migrationOrder";

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
    for (const result of await settleSome(wave, action)) {
      if (result.status === "fulfilled") done.push(result.value);
      else failures.push(result.reason as Error);
    }
    if (failures.length > 0) break;
  }
  return { done, failures };
}

/**
 * Does something for each service, a few at once, in any order.
 *
 * @returns the results in the order of services.
 * @throws Error with every failure's message, once all are done.
 */
export async function sideBySide<T>(
  services: readonly string[],
  action: (service: string) => Promise<T>,
): Promise<T[]> {
  const results = await settleSome(services, action);
  const failures = results.filter((result) => result.status === "rejected");
  if (failures.length > 0) {
    throw new Error(failures.map(({ reason }) => (reason as Error).message).join("\n"));
  }
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}

async function settleSome<T>(
  services: readonly string[],
  action: (service: string) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const left = [...services.entries()];
  const results: PromiseSettledResult<T>[] = [];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, service] = next;
      [results[index]] = await Promise.allSettled([action(service)]);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_MIGRATIONS }, work));
  return results;
}
