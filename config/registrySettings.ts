import type * as z from "zod/mini";
import { DEFAULT_LOCAL_ADDRESS, type registrySchema } from "./schemas/registry";
import type { RegistrySettings, Settings } from "./settings";

/**
 * Fills in what a checked `maestro:registry` leaves out.
 *
 * @param isPromoted whether the stack takes its releases from another one, whose repositories it then uses.
 */
export function createRegistrySettings(
  given: z.infer<typeof registrySchema>,
  isPromoted: boolean,
): RegistrySettings {
  const address = given.address ?? DEFAULT_LOCAL_ADDRESS;
  return {
    kind: given.kind,
    address,
    endpoint: given.endpoint ?? address,
    namespace: given.namespace,
    manage: given.kind === "ecr" && (given.manage ?? !isPromoted),
    kmsKey: given.kmsKey,
    pullAccounts: given.pullAccounts,
  };
}

/** Names of the repositories under the registry's namespace: of services without one elsewhere, and of the edge. */
export function ownRepositories({ registry, services, edge }: Settings): string[] {
  const prefix = `${registry.endpoint}/${registry.namespace}/`;
  const references = [...Object.values(services).map(({ repository }) => repository), edge.image];
  const own = references
    .filter((reference) => reference.startsWith(prefix))
    .map((reference) => reference.slice(prefix.length).split(/[:@]/)[0] ?? "");
  // A plain registry makes repositories by itself; the edge's is nobody's business there.
  const names = registry.kind === "ecr" ? own : Object.keys(services);
  return [...new Set(names)].sort();
}
