import { parseAlembic, type AlembicCommand } from "../../rules/database/alembicCommand";
import type { MigrationInput } from "../../rules/stepInput";
import { schemaOutlook, leadsToEnd } from "../../rules/database/schemaOutlook";
import type { SchemaReport } from "../../rules/database/schemaReport";
import {
  headsOf,
  recordReport,
  sameRevisions,
  schemaVerdict,
} from "../../rules/database/schemaVerdict";
import { requireServing, selectServices, type MigrationContext } from "./context";
import { sideBySide } from "../../steps/migrations/inWaves";
import { historyIn } from "../../steps/migrations/knownRevisions";
import { unknownRevision } from "../../steps/migrations/pendingSql";
import { MigrationFailed, runMigration } from "../../steps/migrations/runMigration";
import { noteMigration } from "../../steps/shared/noteMigration";

/** One service's database beside its image. */
export interface DatabaseStatus {
  readonly service: string;
  /** Revisions the database is at. */
  readonly present: readonly string[];
  /** Newest revisions that the serving image knows. */
  readonly head: readonly string[];
  /** How many revisions the image knows. */
  readonly known: number;
  /** Whether the serving image has nothing to run there; null: nobody can tell. */
  readonly upToDate: boolean | null;
  /** What else there is to say; null: nothing. */
  readonly note: string | null;
}

/** Where a database is, by the word of an image. */
export interface CurrentSchema {
  readonly present: readonly string[];
  /** Names of the revisions that the image has. */
  readonly known: readonly string[];
  readonly head: readonly string[];
  /** False: its `env.py` does without `maestro-core-db`, and Alembic's own words were read. */
  readonly reports: boolean;
}

/** Asks the databases themselves, through the images that serve. */
export async function statusOf(
  context: MigrationContext,
  service: string | undefined,
): Promise<DatabaseStatus[]> {
  const input = requireServing(context);
  return sideBySide(selectServices(input, service), (name) => statusOfOne(context, input, name));
}

async function statusOfOne(
  context: MigrationContext,
  input: MigrationInput,
  service: string,
): Promise<DatabaseStatus> {
  const { command } = input.services[service]!;
  const alembic = parseAlembic(command);
  if (alembic === null) {
    const note = `\`${command.join(" ")}\` is not \`alembic upgrade\`, so only that can tell`;
    return { service, present: [], head: [], known: 0, upToDate: null, note };
  }
  const current = await askCurrent(context, input, service, alembic);
  const { present, head, known } = current;
  const status = { service, present, head, known: known.length };
  const later = present.filter((revision) => !known.includes(revision));
  if (later.length > 0) {
    const records = await context.directory.records.readSchemas();
    const declared = input.migrations.compatible[service];
    const outcome = schemaVerdict(records.present[service], known, declared);
    return {
      ...status,
      upToDate: outcome.verdict === "allow",
      note:
        outcome.verdict === "allow"
          ? "later than the image that serves knows, and compatible with it"
          : `its database ${outcome.reason}`,
    };
  }
  if (leadsToEnd(command)) {
    return { ...status, upToDate: sameRevisions(present, head), note: null };
  }
  const history = (await historyIn(context.host, input, service)) ?? [];
  const schema = { revisions: present, known: null, release: "", at: "" };
  const outlook = schemaOutlook(schema, history, alembic.target);
  const upToDate = outlook.kind === "pending" ? outlook.pending.length === 0 : null;
  return { ...status, upToDate, note: `its release upgrades to \`${alembic.target}\`` };
}

/**
 * Asks a database where it is, through a service's image, and remembers that. An image that does not know the revision
 * tells it all the same.
 *
 * @throws MigrationFailed when nothing could be learnt: the database is down, or its `env.py` does not start.
 */
export async function askCurrent(
  context: MigrationContext,
  input: MigrationInput,
  service: string,
  { base }: AlembicCommand,
): Promise<CurrentSchema> {
  const { report, stdout } = await runAndRemember(context, input, service, {
    command: [...base, "current"],
    toleratesRefusal: true,
  });
  if (report !== null) {
    const known = report.known.map(({ revision }) => revision);
    return { present: report.after, known, head: headsOf(report.known), reports: true };
  }
  const history = (await historyIn(context.host, input, service)) ?? [];
  const known = history.map(({ revision }) => revision);
  const head = headsOf(
    history.map(({ revision, down, needs }) => ({
      ...{ revision, compatible: false },
      down: [...down, ...needs],
    })),
  );
  return { present: parseCurrent(stdout), known, head, reports: false };
}

/** Revisions in what `alembic current` prints. */
export function parseCurrent(stdout: string): string[] {
  return stdout.split("\n").flatMap((line) => {
    const revision = /^([^\s:]+)(?: \([^()]*\))*$/.exec(line.trim())?.[1];
    return revision === undefined ? [] : [revision];
  });
}

/** Runs a command of Alembic's in a service's image, and remembers what it came to. */
export async function runAndRemember(
  { host, directory }: MigrationContext,
  input: MigrationInput,
  service: string,
  run: {
    readonly command: readonly string[];
    /** Revisions the database must still be at; left out: any will do. */
    readonly from?: readonly string[];
    /** Whether an image that refuses to work with its database has still told enough. */
    readonly toleratesRefusal?: boolean;
  },
): Promise<{ report: SchemaReport | null; stdout: string }> {
  const { command, from, toleratesRefusal } = run;
  const { present, images } = await directory.records.readSchemas();
  const { digest } = input.services[service]!;
  const remember = async (report: SchemaReport | null) => {
    if (report === null) return;
    const of = { service, digest, release: input.release };
    await directory.records.changeSchemas((records) =>
      recordReport(records, of, report, new Date().toISOString()),
    );
    await noteMigration(directory.records, { service, release: input.release }, report);
  };
  try {
    const done = await runMigration(host, input, service, {
      ...{ command, purpose: "migrate", present: present[service] },
      known: images[`${service}@${digest}`]?.known,
      seen: from && { revisions: from, resumes: false },
    });
    await remember(done.report);
    return done;
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    await remember(error.report);
    // Alembic's own words, where the image has no guard that reports.
    const unknown = unknownRevision(error.lastLine);
    if (!toleratesRefusal || (error.report === null && unknown === null)) throw error;
    return { report: error.report, stdout: unknown ?? "" };
  }
}
