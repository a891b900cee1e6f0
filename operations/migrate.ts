import { Command } from "commander";
import pc from "picocolors";
import { backUp, restore } from "./migrations/backup";
import { historyOf, migrateServing, planOf, statusOf } from "./migrations/commands";
import {
  requireServing,
  selectServices,
  useMigrations,
  type MigrationContext,
} from "./migrations/context";
import { createRevision } from "./migrations/createRevision";
import { generateDatabaseSecrets } from "./migrations/databaseSecrets";
import { sideBySide } from "./migrations/inWaves";
import { SecretsContext } from "./secrets/context";
import { DEFAULT_STACK } from "./shared/stackFile";

interface Options {
  readonly stack: string;
  readonly service?: string;
  readonly json?: boolean;
  readonly n: string;
  readonly message: string;
  readonly file: string;
}

/** Services' databases: where they are, what the next release would run, and migrations by hand. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("migrate").description("Databases of a stack's services.");
  const add = (name: string, text: string, action: (options: Options) => Promise<void>) =>
    program
      .command(name)
      .description(text)
      .option("--stack <name>", "stack", DEFAULT_STACK)
      .option("--service <name>", "only this service")
      .option("--json", "print the result as JSON")
      .action(action);
  add("status", "Revision of each database, and the newest that serves.", status);
  add("plan", "SQL that the next release would run, and what of it is destructive.", plan);
  add("up", "Migrates with the images that serve, to their newest revision.", upgrade);
  add("batch", "The same for all services, those that are independent at once.", upgrade);
  add("down", "Goes back by revisions, with the images that serve.", downgrade).option(
    "-n <count>",
    "how many",
    "1",
  );
  add("history", "Revisions that the serving images know.", history);
  add("create", "Makes an empty revision in a service's source.", create).requiredOption(
    "-m, --message <text>",
    "what it does",
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
  const lines = found.map(({ service, present, head, upToDate }) => {
    const mark = upToDate ? pc.dim("up to date") : pc.yellow(`newest is ${names(head)}`);
    return `${service}  ${names(present)}  ${mark}`;
  });
  print(options, found, lines);
}

async function plan(options: Options): Promise<void> {
  const planned = await useMigrations(options.stack, (context) => planOf(context, options.service));
  const lines = planned.flatMap(({ service, from, sql, destructive }) => [
    pc.bold(`-- ${service}, from ${names(from)}`),
    sql ?? "-- its command is not `alembic upgrade`, so nobody can tell",
    ...destructive.map(({ kind, statement, advice }) =>
      pc.yellow(`-- destructive (${kind}): ${statement}\n--   ${advice}`),
    ),
  ]);
  print(options, planned, lines);
}

async function upgrade(options: Options): Promise<void> {
  const done = await useMigrations(options.stack, (context) =>
    migrateServing(context, options.service, ({ services }, name) => services[name]!.command),
  );
  printMoves(options, done);
}

async function downgrade(options: Options): Promise<void> {
  if (!/^[1-9]\d{0,3}$/.test(options.n)) {
    throw new Error(`-n: must be a number of revisions from 1 on, got "${options.n}"`);
  }
  if (options.service === undefined) {
    throw new Error("--service: is required to go down; name one service");
  }
  const done = await useMigrations(options.stack, (context) =>
    migrateServing(context, options.service, () => ["alembic", "downgrade", `-${options.n}`]),
  );
  printMoves(options, done);
}

function printMoves(
  options: Options,
  done: readonly { service: string; before: readonly string[]; after: readonly string[] }[],
): void {
  const lines = done.map(
    ({ service, before, after }) => `${service}  ${names(before)} -> ${names(after)}`,
  );
  print(options, done, lines);
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
  const file = await createRevision(options.service, options.message);
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
  await useMigrations(options.stack, async (context) => {
    const input = requireServing(context);
    const [name = service] = selectServices(input, service);
    await restore(context.host, input, name, options.file);
    // Where the database is now may be another revision.
    await statusOf(context, name);
  });
  print(options, { service, file: options.file }, [`${service}  restored from ${options.file}`]);
}

async function secrets(options: Options): Promise<void> {
  const changes = await SecretsContext.use(options.stack, generateDatabaseSecrets);
  const lines = changes.map(({ service, version }) => `${service}  DATABASE_URL  ${version}`);
  print(options, changes, lines.length > 0 ? lines : ["nothing is missing"]);
}
