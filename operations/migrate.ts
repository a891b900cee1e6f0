import { Command } from "commander";
import pc from "picocolors";
import { backUp, restore } from "../steps/migrations/backup";
import { describeRevisions } from "../rules/database/alembicHistory";
import { historyOf, migrateServing, planOf } from "./migrations/commands";
import {
  requireServing,
  selectServices,
  useMigrations,
  type MigrationContext,
} from "./migrations/context";
import { createRevision, mergeRevisions } from "./migrations/createRevision";
import { generateDatabaseSecrets } from "./migrations/databaseSecrets";
import { statusOf, type DatabaseStatus } from "./migrations/databaseStatus";
import { goDown, planDown, type PlannedDowngrade } from "./migrations/goDown";
import { sideBySide } from "../steps/migrations/inWaves";
import { noteEvent } from "../steps/shared/noteEvent";
import { SecretsContext } from "./secrets/context";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly service?: string;
  readonly json?: boolean;
  readonly n?: string;
  readonly to?: string;
  readonly preview?: boolean;
  readonly message: string;
  readonly file: string;
}

/** Services' databases: where they are, what the next release would run, and migrations by hand. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("migrate").description("Databases of a stack's services.");
  const add = (name: string, text: string, action: (options: Options) => Promise<void>) =>
    addSubcommand(program, name, text, "stack whose databases these are")
      .option("--service <name>", "only this service")
      .action(action);
  add("status", "Revision of each database, and the newest that serves.", status);
  add("plan", "SQL that the next release would run, and what of it is destructive.", plan);
  const by = (name: string) => (options: Options) => upgrade(options, `migrate ${name}`);
  add("up", "Migrates with the images that serve, to their newest revision.", by("up"));
  add("batch", "The same for all services, those that are independent at once.", by("batch"));
  add("down", "Goes back by revisions; says first what it undoes.", downgrade)
    .option("--to <revision>", "revision to go back to, or `base`")
    .option("-n <count>", "how many revisions (default: 1)")
    .option("--preview", "only say what would be undone");
  add("history", "Revisions that the serving images know.", history);
  add("create", "Makes an empty revision in a service's source.", create).requiredOption(
    "-m, --message <text>",
    "what it does",
  );
  add("merge", "Joins the newest revisions of a service's source into one.", merge).option(
    "-m, --message <text>",
    "what it does",
    "merge",
  );
  add("backup", "Dumps databases on the stack's own server.", backups);
  add("restore", "Puts a backup back; what was written since is lost.", restoreOne).requiredOption(
    "--file <path>",
    "the backup, on the host",
  );
  add("secrets", "Generates DATABASE_URL for services that have none.", secrets);
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

function print(options: Options, value: unknown, lines: readonly string[]): void {
  console.log(options.json ? JSON.stringify(value) : lines.join("\n"));
}

const names = (revisions: readonly string[]) => revisions.join(", ") || "nothing";

async function status(options: Options): Promise<void> {
  const found = await useMigrations(options.stack, (context) => statusOf(context, options.service));
  print(options, found, found.map(describeStatus));
}

function describeStatus({ service, present, head, upToDate, note }: DatabaseStatus): string {
  if (upToDate === null) return `${service}  ${names(present)}  ${pc.dim(note ?? "")}`;
  const mark = upToDate ? pc.dim("up to date") : pc.yellow(`newest is ${names(head)}`);
  return [service, names(present), mark, ...(note ? [pc.dim(note)] : [])].join("  ");
}

async function plan(options: Options): Promise<void> {
  const planned = await useMigrations(options.stack, (context) => planOf(context, options.service));
  const lines = planned.flatMap(({ service, from, sql, note, destructive }) => [
    pc.bold(`-- ${service}, from ${names(from)}`),
    ...(sql === null ? [`-- unknown: ${note ?? ""}`] : note ? [`-- ${note}`] : []),
    ...(sql ? [sql.trim()] : []),
    ...destructive.map(({ kind, statement, advice }) =>
      pc.yellow(`-- destructive (${kind}): ${statement}\n--   ${advice}`),
    ),
  ]);
  print(options, planned, lines);
}

async function upgrade(options: Options, command: string): Promise<void> {
  const migrate = (context: MigrationContext) => migrateServing(context, options.service);
  const done = await useMigrations(options.stack, migrate, { hold: { command } });
  const lines = done.map(({ service, before, after, reports }) =>
    reports
      ? `${service}  ${names(before)} -> ${names(after)}`
      : `${service}  done (its command reports no revisions)`,
  );
  print(options, done, lines);
}

async function downgrade(options: Options): Promise<void> {
  const { n, to, service } = options;
  if (n !== undefined && to !== undefined) {
    throw new Error("-n, --to: name one of them, a number of revisions or the one to go back to");
  }
  if (n !== undefined && !/^[1-9]\d{0,3}$/.test(n)) {
    throw new Error(`-n: must be a number of revisions from 1 on, got "${n}"`);
  }
  const wish = to === undefined ? { steps: Number(n ?? 1) } : { to };
  const act = async (context: MigrationContext) => {
    const way = await planDown(context, service, wish);
    const undone = way.undone.map(({ revision }) => revision);
    const planned = { service: way.service, before: way.before, after: way.after, undone };
    // Before anything is undone; standard output is the result's alone where a program reads it.
    const announce = options.json ? console.error : console.log;
    announce(describeWay(way));
    if (options.preview) {
      if (options.json) console.log(JSON.stringify([planned]));
      return;
    }
    const after = await goDown(context, way);
    const line = `${way.service}  ${names(way.before)} -> ${names(after)}`;
    print(options, [{ ...planned, after }], [line]);
  };
  const hold = options.preview ? undefined : { command: "migrate down" };
  await useMigrations(options.stack, act, { hold });
}

function describeWay({ service, to, undone, after, release }: PlannedDowngrade): string {
  return (
    `${service}: going down to ${to} in the image of release ${release} undoes ${describeRevisions(undone)}; ` +
    `its database will be at ${names(after)}`
  );
}

async function history(options: Options): Promise<void> {
  const texts = await useMigrations(options.stack, (context) =>
    historyOf(context, options.service),
  );
  print(
    options,
    texts,
    Object.entries(texts).map(([service, text]) => `${pc.bold(service)}\n${text}`),
  );
}

async function create(options: Options): Promise<void> {
  const file = await createRevision(options.stack, options.service, options.message);
  print(options, { file }, [file]);
}

async function merge(options: Options): Promise<void> {
  const file = await mergeRevisions(options.stack, options.service, options.message);
  print(options, { file }, [file]);
}

async function backups(options: Options): Promise<void> {
  const files = await useMigrations(options.stack, async (context: MigrationContext) => {
    const input = requireServing(context);
    return sideBySide(selectServices(input, options.service), async (service) => ({
      service,
      file: await backUp(context.host, input, service),
    }));
  });
  print(
    options,
    files,
    files.map(({ service, file }) => `${service}  ${file}`),
  );
}

async function restoreOne(options: Options): Promise<void> {
  const { service } = options;
  if (service === undefined) throw new Error("--service: is required to restore; name one service");
  const act = async (context: MigrationContext) => {
    const input = requireServing(context);
    const [name = service] = selectServices(input, service);
    await restore(context.host, input, name, options.file);
    await noteEvent(context.directory.records, {
      ...{ kind: "restored", service: name, release: input.release },
      reason: `its database from ${options.file}`,
    });
    // Where the database is now may be another revision.
    const [now] = await statusOf(context, name);
    const lines = now ? [`restored from ${options.file}`, describeStatus(now)] : [];
    print(options, { service, file: options.file, present: now?.present }, lines);
  };
  await useMigrations(options.stack, act, { hold: { command: "migrate restore" } });
}

async function secrets(options: Options): Promise<void> {
  const changes = await SecretsContext.use(options.stack, generateDatabaseSecrets);
  const lines = changes.map(({ service, version }) => `${service}  DATABASE_URL  ${version}`);
  print(options, changes, lines.length > 0 ? lines : ["nothing is missing"]);
}
