import * as pulumi from "@pulumi/pulumi";
import { parseAlembic } from "../rules/database/alembicCommand";
import { describeRevisions } from "../rules/database/alembicHistory";
import type { Release } from "../release/release";
import { schemaOutlook } from "../rules/database/schemaOutlook";
import type { SchemaRecords } from "../rules/database/schemaVerdict";
import type { RevisionLook } from "./schemaCheck";

/**
 * Says in a preview which revisions a release would bring to its services' databases: what its images hold, beside
 * where the host remembers the databases to be. That an image cannot tell is a warning; the update itself will know.
 */
export function showPendingRevisions(
  { present }: SchemaRecords,
  desired: Release,
  looks: RevisionLook,
): void {
  for (const [service, { migration }] of Object.entries(desired.services)) {
    if (migration === null) continue;
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
      const at = present[service]?.revisions.join(", ") || "nothing";
      const where = present[service]
        ? `its database is at ${at}`
        : "no migration of its database was reported yet";
      void pulumi.log.info(`${service}: ${where}; ${describe(outlook)}`);
    }
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
