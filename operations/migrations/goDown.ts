import { imageReference, type MigrationInput } from "../../rules/stepInput";
import { parseAlembic } from "../../rules/database/alembicCommand";
import { planDowngrade, type Downgrade, type DowngradeWish } from "../../rules/database/downgrade";
import { requireServing, selectServices, type MigrationContext } from "./context";
import { askCurrent, runAndRemember } from "./databaseStatus";
import { historyIn } from "../../steps/migrations/knownRevisions";

/** A way down, and the image that knows it. */
export interface PlannedDowngrade extends Downgrade {
  readonly service: string;
  readonly before: readonly string[];
  /** Release whose image undoes the revisions. */
  readonly release: string;
  readonly input: MigrationInput;
}

/**
 * Finds out what going down would undo. The image that serves does it; where that one does not know the database's
 * revision, the image that brought it.
 *
 * @throws Error when there is no such way, or more than one; it names the ways there are.
 */
export async function planDown(
  context: MigrationContext,
  service: string | undefined,
  wish: DowngradeWish,
): Promise<PlannedDowngrade> {
  if (service === undefined) {
    throw new Error("--service: is required to go down; name one service");
  }
  const serving = requireServing(context);
  selectServices(serving, service);
  const { command } = serving.services[service]!;
  const alembic = parseAlembic(command);
  if (alembic === null) {
    throw new Error(
      `${service}: is migrated by \`${command.join(" ")}\`, which is not \`alembic upgrade\`, so what it would undo is not ` +
        `known here; go down with its own tool, or put a backup back with \`npm run migrate -- restore\``,
    );
  }
  const { present, known } = await askCurrent(context, serving, service, alembic);
  const knowsAll = present.every((revision) => known.includes(revision));
  const input = knowsAll ? serving : await inputThatKnows(context, serving, service, present);
  const history = (await historyIn(context.host, input, service)) ?? [];
  try {
    const way = planDowngrade(history, present, wish);
    return { service, before: present, release: input.release, input, ...way };
  } catch (error) {
    throw new Error(`${service}: ${(error as Error).message}`);
  }
}

/** Undoes what was planned; refuses where the database has moved since. */
export async function goDown(
  context: MigrationContext,
  { service, input, before, to, after }: PlannedDowngrade,
): Promise<readonly string[]> {
  const { base } = parseAlembic(input.services[service]!.command)!;
  const command = [...base, "downgrade", to];
  const { report } = await runAndRemember(context, input, service, { command, from: before });
  return report?.after ?? after;
}

/** The service as it serves, in the image of the release that brought its database where it is. */
async function inputThatKnows(
  { directory }: MigrationContext,
  serving: MigrationInput,
  service: string,
  present: readonly string[],
): Promise<MigrationInput> {
  const at = present.join(", ");
  const { present: databases } = await directory.records.readSchemas();
  const database = databases[service];
  const isKnown = present.every((revision) =>
    database?.known?.some((each) => each.revision === revision),
  );
  const release =
    database && isKnown ? await directory.records.readRelease(database.release) : null;
  const settings = release?.services[service];
  if (!release || !settings?.migration || !parseAlembic(settings.migration)) {
    throw new Error(
      `${service}: its database is at revision ${at}, which neither the image that serves nor one of a recorded release ` +
        `knows, so it cannot be undone; release an image that does`,
    );
  }
  const { migration, digest } = settings;
  const image = { image: imageReference(settings), digest, command: migration };
  const its = { ...serving.services[service]!, ...image };
  return { ...serving, release: release.id, services: { ...serving.services, [service]: its } };
}
