import type { Settings } from "../config/settings";
import type { HostDirectory } from "../host/hostDirectory";
import type { Release } from "../release/release";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";
import { outdatedPlan, schemaVerdict } from "../release/schemaVerdict";

/**
 * Refuses a release whose services do not get along with their databases' present schema, before any resource is
 * touched. It judges by the host's records; the migration itself looks at the database.
 *
 * @throws PlanError naming each service, the revision and the ways out.
 */
export async function checkSchemas(
  settings: Settings,
  directory: HostDirectory,
  desired: Release,
  plan: RolloutPlan,
): Promise<void> {
  const services = Object.entries(desired.services).filter(([, { migration }]) => migration);
  if (plan.action === "none" || services.length === 0) return;
  const records = await directory.readSchemas();
  const { present, images } = records;
  const problems = services.flatMap(([service, { digest }]) => {
    const outdated = plan.action === "deploy" && outdatedPlan(records, service, digest);
    if (outdated) {
      return [
        `services.${service}: ${outdated}; look at it again with \`npm run migrate -- plan --service ${service}\``,
      ];
    }
    const known = images[`${service}@${digest}`]?.known ?? null;
    const declared = settings.migrations.compatible[service];
    const outcome = schemaVerdict(present[service], known, declared);
    if (outcome.verdict === "allow") return [];
    const revision = present[service]?.revisions.join(", ");
    const way =
      outcome.verdict === "freeze"
        ? `nothing is switched until \`npm run migrate -- status\` knows it, or`
        : `go down first with \`npm run migrate -- down --service ${service}\`, or`;
    return [
      `services.${service}: release ${desired.id} is ${outcome.verdict === "freeze" ? "frozen" : "refused"}: its ` +
        `database ${outcome.reason}; ${way} declare it in maestro:migrations.compatible.${service}: [${revision}]`,
    ];
  });
  if (problems.length > 0) throw new PlanError(problems.join("\n  "));
}
