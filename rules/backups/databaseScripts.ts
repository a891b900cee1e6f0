import { createHash } from "node:crypto";
import type { RowCounts } from "./manifest";

/** Mark of the lines with a table's rows, and of the line that ends a dump. */
const ROWS = "maestro-rows";
const DUMP_ENDED = "maestro-dump";

/**
 * Shell lines of the container that dumps: the password comes first on standard input, so no description of the container
 * and no list of processes has it. What psql says goes to standard error: standard output is the dump's alone.
 */
export const DUMP_SHELL = `IFS= read -r PGPASSWORD && export PGPASSWORD && exec 3>&1 1>&2 &&
exec psql -X -q -At -v ON_ERROR_STOP=1`;

/** The same for a restore, whose dump follows the password. */
export const RESTORE_SHELL = `IFS= read -r PGPASSWORD && export PGPASSWORD &&
exec pg_restore --exit-on-error --no-owner --dbname="$PGDATABASE"`;

/**
 * Of tables with rows of their own: partitions count, what an extension brings does not, since no dump has that. Each
 * answer is JSON, so a name may hold what it likes.
 */
const COUNT_SQL = `SELECT format('SELECT json_build_array(%L, %L, count(*)) FROM ONLY %I.%I', '${ROWS}', n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1\\gexec`;

/** psql's input that dumps a database and counts its rows, both in one snapshot, while others go on writing. */
export const DUMP_SQL = `SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv MAESTRO_SNAPSHOT :snapshot
\\! pg_dump --format=custom --snapshot="$MAESTRO_SNAPSHOT" --dbname="$PGDATABASE" >&3 </dev/null; echo "${DUMP_ENDED} $?"
${COUNT_SQL}
COMMIT;
`;

/** psql's input that counts the rows of a database, after it has learnt what its planner needs. */
export function countSql(database: string): string {
  return `\\connect ${quoted(database)}\nANALYZE;\n${COUNT_SQL}\n`;
}

/** What psql has said of tables' rows. */
export function parseRows(output: string): RowCounts {
  const rows: [string, number][] = [];
  for (const line of output.split("\n")) {
    if (!line.startsWith(`["${ROWS}"`)) continue;
    const [, table, count] = JSON.parse(line) as [string, string, number];
    rows.push([table, count]);
  }
  return Object.fromEntries(rows);
}

/** Exit code of the dump in what a dumping container has said; null: it never ended. */
export function dumpExitCode(output: string): number | null {
  const code = new RegExp(`^${DUMP_ENDED} (\\d+)$`, "m").exec(output)?.[1];
  return code === undefined ? null : Number(code);
}

/** What a restore makes beside a database: a scratch one, and the one that it has taken the place of. */
export function besideName(kind: "scratch" | "replaced", database: string): string {
  return `maestro_${kind}_${createHash("sha256").update(database).digest("hex").slice(0, 12)}`;
}

export function dropSql(database: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE);\n`;
}

/**
 * psql's input that makes an empty database with another one's owner, settings and rights to connect.
 *
 * @param mark whose it is: {@link swapSql} takes no other one's.
 */
export function scratchSql(database: string, scratch: string, mark: string): string {
  return [
    dropSql(scratch).trim(),
    `SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', ${literal(scratch)}, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype) || ${LOCALE} FROM pg_database d WHERE datname = ${literal(database)}\\gexec`,
    `COMMENT ON DATABASE ${quoted(scratch)} IS ${literal(mark)};`,
    `REVOKE ALL ON DATABASE ${quoted(scratch)} FROM PUBLIC;`,
    `SELECT format('GRANT %s ON DATABASE %I TO %s', privilege_type, ${literal(scratch)}, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END) FROM pg_database, aclexplode(datacl) WHERE datname = ${literal(database)}\\gexec`,
    `SELECT format(CASE WHEN s.setrole = 0 THEN 'ALTER DATABASE %1$I SET %3$I TO %4$s' ELSE 'ALTER ROLE %2$s IN DATABASE %1$I SET %3$I TO %4$s' END, ${literal(scratch)}, CASE WHEN s.setrole = 0 THEN '' ELSE s.setrole::regrole::text END, split_part(c, '=', 1), CASE WHEN split_part(c, '=', 1) IN (${LISTS}) THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END) FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = ${literal(database)})\\gexec`,
    "",
  ].join("\n");
}

/** Provider of the sort order, where it is not the C library; the columns have changed names with PostgreSQL's versions. */
const LOCALE = `CASE to_jsonb(d)->>'datlocprovider'
WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'))
WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', to_jsonb(d)->>'datlocale')
ELSE '' END`;

/** Settings whose values are lists, and stored with the quotes that they need. */
const LISTS = [
  "search_path",
  "temp_tablespaces",
  "local_preload_libraries",
  "session_preload_libraries",
]
  .map(literal)
  .join(", ");

const SWAP_TRIES = 50;

/**
 * Lets scratch databases take the place of those they were made for, all of them or none, in one statement: the server
 * does it to its end, or not at all, whatever becomes of the one who has asked. Sessions are ended, and one that connects
 * meanwhile waits for it, or is told to connect again.
 *
 * @param databases whose scratch databases are whole.
 * @param mark of those that were compared: another restore may have made its own under the same name since.
 */
export function swapSql(databases: readonly string[], mark: string): string {
  const renames = databases.flatMap((database) => [
    `ALTER DATABASE ${quoted(database)} RENAME TO ${quoted(besideName("replaced", database))};`,
    `ALTER DATABASE ${quoted(besideName("scratch", database))} RENAME TO ${quoted(database)};`,
  ]);
  return [
    ...databases.map((database) => dropSql(besideName("replaced", database)).trim()),
    "DO $swap$ BEGIN",
    `FOR try IN 1..${SWAP_TRIES} LOOP`,
    "  PERFORM pg_stat_clear_snapshot();",
    `  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${databases.map(literal).join(", ")}) AND pid <> pg_backend_pid();`,
    "  BEGIN",
    ...renames.map((rename) => `    ${rename}`),
    // Looked at behind the renames, which nobody can get in between any more.
    "    IF EXISTS (SELECT FROM pg_database d LEFT JOIN pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass",
    `      WHERE d.datname IN (${databases.map(literal).join(", ")}) AND s.description IS DISTINCT FROM ${literal(mark)}) THEN`,
    "      RAISE EXCEPTION 'another restore is under way; try again when it has ended';",
    "    END IF;",
    "    RETURN;",
    "  EXCEPTION WHEN object_in_use THEN NULL;",
    "  END;",
    "END LOOP;",
    "RAISE EXCEPTION 'sessions keep coming back; stop the program that makes them, then restore again';",
    "END $swap$;",
    "",
  ].join("\n");
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
