import type { Settings } from "../config/settings";
import { parseAlembic } from "../rules/database/alembicCommand";
import type { HistoryRevision } from "../rules/database/alembicHistory";
import { imageReference } from "../rules/stepInput";
import type { Release } from "../release/release";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";
import { findSchemaProblems } from "../rules/database/schemaProblems";
import type { SchemaRecords } from "../rules/database/schemaVerdict";
import type { Sight } from "../targets/target";

/** What images say of their revisions: a history, or why it cannot be read. */
export type RevisionLook = ReadonlyMap<string, readonly HistoryRevision[] | Error>;

export interface SchemaCheckArgs {
  readonly settings: Settings;
  readonly desired: Release;
  readonly plan: RolloutPlan;
  /** Whether every image is asked, for those who want to see; else those that no record tells of. */
  readonly asksAll: boolean;
}

/**
 * Refuses a release whose services do not get along with their databases' present schema, before any resource is
 * touched. It judges by the stack's records and by what the images hold; the migration itself looks at the database.
 *
 * @returns what the images that were asked have said.
 * @throws PlanError naming each service, the revision and the ways out.
 */
export async function checkSchemas(sight: Sight, args: SchemaCheckArgs): Promise<RevisionLook> {
  const { settings, desired, plan } = args;
  const hasMigrations = Object.values(desired.services).some(({ migration }) => migration);
  if (plan.action === "none" || !hasMigrations) return new Map();
  const schemas = await sight.records.readSchemas();
  const deploys = plan.action === "deploy";
  const looks = deploys ? await askImages(sight, args, schemas) : new Map<string, never>();
  const histories = new Map(
    [...looks].flatMap(([service, look]) => (look instanceof Error ? [] : [[service, look]])),
  );
  const { compatible } = settings.migrations;
  const problems = findSchemaProblems({
    release: desired,
    records: schemas,
    compatible,
    deploys,
    histories,
  });
  if (problems.length > 0) throw new PlanError(problems.join("\n  "));
  return looks;
}

async function askImages(
  sight: Sight,
  { desired, asksAll }: SchemaCheckArgs,
  { images }: SchemaRecords,
): Promise<RevisionLook> {
  const asked = Object.entries(desired.services).filter(
    ([service, { migration, digest }]) =>
      migration && parseAlembic(migration) && (asksAll || !images[`${service}@${digest}`]),
  );
  if (asked.length === 0) return new Map();
  const looks = asked.map(async ([service, settings]) => {
    const { migration, env } = settings;
    const source = { image: imageReference(settings), command: migration ?? [], env };
    // That an image cannot tell is no reason to refuse it: its migration may know what to do.
    const look = await sight.readHistory(source).catch((error: Error) => error);
    return [service, look ?? []] as const;
  });
  return new Map(await Promise.all(looks));
}
