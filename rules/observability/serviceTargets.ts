import { replicaAddress } from "../../release/addresses";
import type { HeldSets } from "./heldSets";
import type { ObservabilitySettings } from "./settings";

/** A target as Prometheus takes it from `http_sd_configs`. */
export interface ServiceTarget {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Where the services of both sets tell metrics of their own: one target a replica, with what it is. */
export function serviceTargets(
  sets: HeldSets,
  scrape: ObservabilitySettings["scrape"],
  { stack, subnet }: { readonly stack: string; readonly subnet: string },
): ServiceTarget[] {
  return sets.flatMap(({ color, record }) =>
    Object.entries(scrape).flatMap(([service, { path }]) => {
      const settings = record.services[service];
      const slot = record.slots[service];
      if (settings === undefined || slot === undefined) return [];
      return Array.from({ length: settings.replicas }, (_, replica) => ({
        targets: [`${replicaAddress(subnet, color, slot, replica)}:${settings.port}`],
        labels: {
          ...{ stack, service, set: color, release: record.id, replica: String(replica) },
          __metrics_path__: path,
        },
      }));
    }),
  );
}
