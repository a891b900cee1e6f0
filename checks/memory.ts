import { DEFAULT_MEMORY_SHARE, type ServiceHealthGate } from "../rules/health/healthGate";
import type { Check } from "./check";

const MEGABYTE = 1024 * 1024;

/** No replica is near its limit of memory before a single user has come. */
export function memoryCheck(services: Readonly<Record<string, ServiceHealthGate>>): Check {
  return {
    name: "memory",
    moment: "last",
    async look({ hands, set }) {
      const uses = await hands.measureMemory(set);
      return uses.flatMap(({ part, bytes, limitBytes }) => {
        const share = services[part.service]?.memoryShare ?? DEFAULT_MEMORY_SHARE;
        if (bytes <= limitBytes * share) return [];
        const megabytes = (count: number) => Math.round(count / MEGABYTE);
        const says =
          `uses ${megabytes(bytes)} MB of ${megabytes(limitBytes)} MB, wanted at most ${megabytes(limitBytes * share)} MB; ` +
          `raise services.${part.service}.resources.memoryMegabytes, or healthGate.memoryShare`;
        return [{ says, part }];
      });
    },
  };
}
