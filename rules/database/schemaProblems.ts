import { parseAlembic } from "./alembicCommand";
import { describeRevisions, type HistoryRevision } from "./alembicHistory";
import type { Release } from "../../release/release";
import { commonRevision, leadsToEnd, schemaOutlook, strandedRevisions } from "./schemaOutlook";
import {
  outdatedPlan,
  schemaVerdict,
  type PresentSchema,
  type SchemaRecords,
} from "./schemaVerdict";

/** What is asked of a release before anything is touched. */
export interface SchemaQuestion {
  readonly release: Pick<Release, "id" | "services">;
  readonly records: SchemaRecords;
  /** Service -> revisions that the operator has declared compatible with every release. */
  readonly compatible: Readonly<Record<string, readonly string[]>>;
  /** Whether its migrations would be run; false: only the traffic moves. */
  readonly deploys: boolean;
  /** Service -> what its image says of revisions, where it was asked. */
  readonly histories: ReadonlyMap<string, readonly HistoryRevision[]>;
}

/** Why a release's services do not get along with their databases' present schemas, and the ways out. */
export function findSchemaProblems(question: SchemaQuestion): string[] {
  return Object.keys(question.release.services).flatMap((service) => {
    const problem = question.release.services[service]!.migration && findProblem(question, service);
    return problem ? [`services.${service}: ${problem}`] : [];
  });
}

function findProblem(question: SchemaQuestion, service: string): string | null {
  const { release, records, compatible, deploys, histories } = question;
  const { digest, migration } = release.services[service]!;
  const outdated = deploys && outdatedPlan(records, service, digest);
  if (outdated) {
    return `${outdated}; look at it again with \`npm run migrate -- plan --service ${service}\``;
  }
  const present = records.present[service];
  const declared = compatible[service] ?? [];
  const history = histories.get(service);
  const known =
    records.images[`${service}@${digest}`]?.known ??
    history?.map(({ revision }) => revision) ??
    null;
  const outcome = schemaVerdict(present, known, declared);
  if (outcome.verdict !== "allow") {
    const revision = present?.revisions.join(", ");
    const way =
      outcome.verdict === "freeze"
        ? `nothing is switched until \`npm run migrate -- status\` knows it, or`
        : `go down first with \`${wayDown(service, commonRevision(present, known ?? []))}\`, or`;
    return (
      `release ${release.id} is ${outcome.verdict === "freeze" ? "frozen" : "refused"}: its database ${outcome.reason}; ` +
      `${way} declare it in maestro:migrations.compatible.${service}: [${revision}]`
    );
  }
  if (!deploys || migration === null) return null;
  const command = parseAlembic(migration);
  if (history && command) {
    const outlook = schemaOutlook(present, history, command.target, declared);
    if (outlook.kind === "several") {
      return (
        `its image has more than one newest revision, ${describeRevisions(outlook.ends)}, so its migration ` +
        `\`${migration.join(" ")}\` would fail; join them with \`npm run migrate -- merge --service ${service}\` ` +
        `(or \`alembic merge heads\`) and build its image again, or upgrade to \`heads\``
      );
    }
    if (outlook.kind === "later" && outlook.stranded.length > 0) {
      return describeStranded(release.id, service, present, known ?? [], outlook.stranded);
    }
    return null;
  }
  if (known === null || !leadsToEnd(migration)) return null;
  const isLater = present?.revisions.some((revision) => !known.includes(revision));
  const stranded = isLater ? strandedRevisions(present, known, declared) : [];
  if (stranded.length === 0) return null;
  return describeStranded(release.id, service, present, known, stranded);
}

function describeStranded(
  id: string,
  service: string,
  present: PresentSchema | undefined,
  known: readonly string[],
  stranded: readonly string[],
): string {
  const at = present?.revisions.join(", ");
  return (
    `release ${id} is refused: its image brings revision ${stranded.join(", ")}, which cannot be run: its database is at ` +
    `revision ${at}, and the image does not know that one; let ${stranded.join(", ")} follow ${at} and build the image ` +
    `again, or go down first with \`${wayDown(service, commonRevision(present, known))}\``
  );
}

function wayDown(service: string, to: string | null): string {
  return `npm run migrate -- down --service ${service}${to === null ? "" : ` --to ${to}`}`;
}
