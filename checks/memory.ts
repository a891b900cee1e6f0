import { DEFAULT_MEMORY_SHARE, type ServiceHealthGate } from "../rules/health/healthGate";
import type { PartMemory } from "../targets/hands";
import type { Check } from "./check";

const MEGABYTE = 1024 * 1024;

/** No replica is near its limit of memory before a single user has come. */
export function memoryCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "memory",
    moment: "last",
    async look({ hands, set }) {
      const uses = await hands.measureMemory(set);
      return uses.flatMap((use) => {
        const says = judgeMemory(use, services[use.part.service] ?? {});
        return says === null ? [] : [{ says, part: use.part }];
      });
    },
  };
}

/** What is wrong with a replica's use of memory, and what mends it; null: nothing. */
export function judgeMemory(
  { part, bytes, limitBytes }: PartMemory,
  { memoryShare: share = DEFAULT_MEMORY_SHARE }: ServiceHealthGate,
): string | null {
  if (bytes <= limitBytes * share) return null;
  const megabytes = (count: number) => Math.round(count / MEGABYTE);
  return (
    `uses ${megabytes(bytes)} MB of ${megabytes(limitBytes)} MB, wanted at most ${megabytes(limitBytes * share)} MB; ` +
    `raise services.${part.service}.resources.memoryMegabytes, or healthGate.memoryShare`
  );
}
