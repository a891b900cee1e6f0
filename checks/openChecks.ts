import type { HealthGateSettings } from "../rules/health/healthGate";
import type { Check } from "./check";

/**
 * The checks that a set has to pass. Loads only what the configuration names.
 *
 * @param stack its name, for modules.
 * @param root directory that modules' paths are relative to.
 */
export async function openChecks(settings: HealthGateSettings, root: string): Promise<Check[]> {
  const { services, modules, queries, shadow } = settings;
  const some = (key: keyof HealthGateSettings["services"][string]) =>
    Object.values(services).some((service) => service[key] !== undefined);
  const { readinessCheck } = await import("./readiness");
  const { restartsCheck } = await import("./restarts");
  const { memoryCheck } = await import("./memory");
  return [
    ...(some("smokeTests") ? [(await import("./smokeTests")).smokeTestsCheck(services)] : []),
    ...(some("openapi") ? [(await import("./apiChanges")).apiChangesCheck(services)] : []),
    ...(modules.length > 0 ? modules.map((await import("./module")).moduleCheck(root)) : []),
    ...(shadow ? [(await import("./shadowRequests")).shadowRequestsCheck(shadow)] : []),
    restartsCheck(),
    ...(queries ? [(await import("./promQueries")).promQueriesCheck(queries)] : []),
    readinessCheck(services),
    memoryCheck(services),
    ...(some("logErrors") ? [(await import("./logErrors")).logErrorsCheck(services)] : []),
  ];
}
