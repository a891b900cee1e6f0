import * as pulumi from "@pulumi/pulumi";
import { parseAlembic } from "../rules/database/alembicCommand";
import { describeRevisions } from "../rules/database/alembicHistory";
import { findDestructive } from "../rules/database/destructiveStatements";
import { shownStatements } from "../rules/database/offlineSql";
import { schemaOutlook } from "../rules/database/schemaOutlook";
import { imageReference } from "../rules/stepInput";
import type { Release, ServiceRelease } from "../release/release";
import type { Sight } from "../targets/target";
import type { RevisionLook } from "./schemaCheck";

/**
 * Says in a preview which revisions a release would bring to its services' databases, with their SQL and what of it is
 * destructive: what its images hold, beside where the host remembers the databases to be. That an image cannot tell is a
 * warning; the update itself will know.
 */
export async function showPendingRevisions(
  sight: Sight,
  desired: Release,
  looks: RevisionLook,
): Promise<void> {
  const { present } = await sight.records.readSchemas();
  const shown = Object.entries(desired.services).map(async ([service, settings]) => {
    const { migration } = settings;
    if (migration === null) return;
    const alembic = parseAlembic(migration);
    const look = looks.get(service);
    if (alembic === null) {
      const command = migration.join(" ");
      void pulumi.log.info(`${service}: runs \`${command}\`; what is pending only that can tell`);
    } else if (look === undefined || look instanceof Error) {
      const why = look?.message ?? "its image was not asked";
      void pulumi.log.warn(`${service}: what is pending cannot be told: ${why}`);
    } else {
      const outlook = schemaOutlook(present[service], look, alembic.target);
      const from = present[service]?.revisions ?? [];
      const where = present[service]
        ? `its database is at ${from.join(", ") || "nothing"}`
        : "no migration of its database was reported yet";
      void pulumi.log.info(`${service}: ${where}; ${describe(outlook)}`);
      const isPending = outlook.kind === "pending" && outlook.pending.length > 0;
      if (isPending) await showSql(sight, service, settings, from);
    }
  });
  await Promise.all(shown);
}

async function showSql(
  sight: Sight,
  service: string,
  settings: ServiceRelease,
  from: readonly string[],
): Promise<void> {
  const { migration, env } = settings;
  const source = { image: imageReference(settings), command: migration ?? [], env };
  try {
    const sql = await sight.readUpgradeSql(source, from);
    void pulumi.log.info([`${service}: its SQL:`, ...shownStatements(sql)].join("\n"));
    for (const { kind, statement, advice } of findDestructive(sql)) {
      void pulumi.log.warn(`${service}: destructive (${kind}): ${statement}; ${advice}`);
    }
  } catch (error) {
    void pulumi.log.info(`${service}: its SQL cannot be told: ${(error as Error).message}`);
  }
}

function describe(outlook: ReturnType<typeof schemaOutlook>): string {
  switch (outlook.kind) {
    case "pending":
      return `pending: ${describeRevisions(outlook.pending) || "no revision"}`;
    case "later":
      return "that is later than what this release knows, and compatible: it is left as it is";
    case "several":
      return `its image has more than one newest revision: ${describeRevisions(outlook.ends)}`;
    case "untold":
      return `what is pending up to \`${outlook.target}\` only Alembic can tell`;
  }
}
