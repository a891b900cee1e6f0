import {
  handOver,
  LOGIN_MARK,
  loginMark,
  OWNER_MARK,
  type Catalog,
  type DatabaseUse,
} from "./databaseCatalog";
import { checkAddress, provisionSql, type OwnDatabase } from "./postgresLayout";

/** A way into a database that is to be made. */
export interface WantedUse extends DatabaseUse {
  readonly service: string;
  readonly password: string;
  /** Databases that sets of this service use already. */
  readonly usedBefore: readonly string[];
}

/** SQL that makes what is wanted, and what stands in the way of it; with a problem no SQL is to be run. */
export interface RolePlan {
  readonly sql: string;
  readonly problems: readonly string[];
}

/**
 * Roles and databases for the set that is placed, beside those that other sets use. A login is a member of the owning
 * role and begins each session as it, so whatever any of them makes belongs to the owner, and all of them may use it.
 *
 * A role that an address names keeps the password with which a set that still exists may use it.
 *
 * @param used what serves, and what may serve again.
 */
export function planRoles(
  catalog: Catalog,
  wanted: readonly WantedUse[],
  used: readonly DatabaseUse[],
): RolePlan {
  let known = catalog;
  const inUse = new Set(used.flatMap(({ login, named }) => [login, named]));
  const sql: string[] = [];
  const problems: string[] = [];
  for (const use of wanted) {
    const own: OwnDatabase = { role: use.named, password: use.password, database: use.database };
    if (use.login === use.named) {
      sql.push(provisionSql(own));
      continue;
    }
    checkAddress(own);
    const found = findOwner(known, use);
    if ("problem" in found) {
      problems.push(`services.${use.service}.secrets.DATABASE_URL: ${found.problem}`);
      continue;
    }
    sql.push(useSql(known, use, found.owner, inUse));
    // A second service with the same address shares its role.
    inUse.add(use.named);
    known = withDatabase(known, found.owner, use.database);
  }
  return { sql: sql.join("\n"), problems };
}

function withDatabase(catalog: Catalog, owner: string, name: string): Catalog {
  if (catalog.databases.some((each) => each.name === name)) return catalog;
  return {
    roles: [...catalog.roles, { name: owner, comment: OWNER_MARK, superuser: false }],
    databases: [...catalog.databases, { name, owner, open: [owner] }],
  };
}

function findOwner(catalog: Catalog, use: WantedUse): { owner: string } | { problem: string } {
  const { named, database, usedBefore } = use;
  const role = catalog.roles.find(({ name }) => name === named);
  const there = catalog.databases.find(({ name }) => name === database);
  const mark = LOGIN_MARK.exec(role?.comment ?? "");
  const clash = catalog.roles.find(({ name }) => name === use.login);
  if (clash && !LOGIN_MARK.test(clash.comment ?? "")) {
    return {
      problem: `role ${use.login} is there and not this program's; rename it in the server`,
    };
  }
  if (mark && mark[2] !== database) {
    return { problem: `role ${named} is a login of database ${mark[2]}; name another user` };
  }
  if (!there) {
    const before = usedBefore.find((each) => each !== database);
    if (before === undefined) return { owner: mark?.[1] ?? named };
    return {
      problem:
        `database ${database} is not there, and the release before uses ${before}; a new one would be empty: name ` +
        `${before}, or make ${database} in the server first`,
    };
  }
  const owner = catalog.roles.find(({ name }) => name === there.owner);
  const takesOwner = `name user ${there.owner}, or one whose name begins with ${there.owner}_`;
  if (role && !mark) {
    if (there.owner === named || there.open.includes(named)) return { owner: named };
    return {
      problem: `database ${database} belongs to ${there.owner}, and role ${named} may not use it; ${takesOwner}`,
    };
  }
  if (owner?.superuser) {
    return {
      problem:
        `database ${database} belongs to ${there.owner}, who may do everything in the server; give it another owner ` +
        `first, and name that one`,
    };
  }
  if (named.startsWith(`${there.owner}_`)) return { owner: there.owner };
  return {
    problem: `database ${database} belongs to ${there.owner}, not to ${named}; ${takesOwner}`,
  };
}

function useSql(
  catalog: Catalog,
  use: WantedUse,
  owner: string,
  inUse: ReadonlySet<string>,
): string {
  const { database, login, named } = use;
  const password = use.password.replaceAll("'", "''");
  const isMarked = catalog.roles.some(({ name, comment }) => name === owner && comment !== null);
  const logins = named === owner ? [login] : [login, named];
  const others = catalog.roles
    .filter(({ comment }) => comment === loginMark(owner, database))
    .map(({ name }) => name);
  return [
    createRole(owner),
    ...(isMarked ? [] : [`COMMENT ON ROLE "${owner}" IS '${OWNER_MARK}';`]),
    `SELECT 'CREATE DATABASE "${database}" OWNER "${owner}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}')\\gexec`,
    `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`,
    ...logins.flatMap((each) => [
      createRole(each),
      `COMMENT ON ROLE "${each}" IS '${loginMark(owner, database)}';`,
      `GRANT "${owner}" TO "${each}";`,
      copySettings(owner, each),
      `ALTER ROLE "${each}" SET role = '${owner}';`,
    ]),
    `ALTER ROLE "${login}" LOGIN PASSWORD '${password}';`,
    ...(inUse.has(named) ? [] : [`ALTER ROLE "${named}" LOGIN PASSWORD '${password}';`]),
    `\\connect "${database}"`,
    ...[...new Set([...logins, ...others])].flatMap((each) => handOver(each, owner)),
    "\\connect postgres",
    "",
  ].join("\n");
}

function createRole(name: string): string {
  return `SELECT 'CREATE ROLE "${name}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}')\\gexec`;
}

/** Settings whose values are lists, and stored with the quotes that they need. */
const LISTS = [
  "search_path",
  "temp_tablespaces",
  "local_preload_libraries",
  "session_preload_libraries",
];

/** What an operator has set for the owner's sessions counts for the role that logs in, not for the one it begins as. */
function copySettings(owner: string, login: string): string {
  const lists = LISTS.map((each) => `'${each}'`).join(", ");
  const name = "split_part(setting, '=', 1)";
  const value = "substr(setting, strpos(setting, '=') + 1)";
  return [
    `SELECT format('ALTER ROLE %I%s SET %I TO %s', '${login}', CASE WHEN datname IS NULL THEN '' ELSE format(' IN DATABASE %I', datname) END,`,
    `${name}, CASE WHEN ${name} IN (${lists}) THEN ${value} ELSE quote_literal(${value}) END)`,
    `FROM pg_db_role_setting LEFT JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) setting`,
    `WHERE setrole = '"${owner}"'::regrole AND ${name} <> 'role'\\gexec`,
  ].join(" ");
}
