import { checkAddress, provisionSql, type OwnDatabase } from "./postgresLayout";

/** A service's way into its database, as a set has it. */
export interface DatabaseUse {
  /** Role that it logs in as. */
  readonly login: string;
  /** Role that its DATABASE_URL names; the same one in a set from before there were logins. */
  readonly named: string;
  readonly database: string;
}

/** A way into a database that is to be made. */
export interface WantedUse extends DatabaseUse {
  readonly service: string;
  readonly password: string;
  /** Databases that sets of this service use already. */
  readonly usedBefore: readonly string[];
}

/** The server's roles and databases. */
export interface Catalog {
  readonly roles: readonly CatalogRole[];
  readonly databases: readonly CatalogDatabase[];
}

interface CatalogRole {
  readonly name: string;
  readonly comment: string | null;
  readonly superuser: boolean;
}

interface CatalogDatabase {
  readonly name: string;
  readonly owner: string;
  /** Roles that may connect. */
  readonly open: readonly string[];
}

/** Query of a {@link Catalog}, as JSON. */
export const CATALOG_QUERY = `SELECT json_build_object(
  'roles', (SELECT json_agg(json_build_object('name', rolname, 'superuser', rolsuper,
      'comment', shobj_description(oid, 'pg_authid'))) FROM pg_roles),
  'databases', (SELECT json_agg(json_build_object('name', datname, 'owner', pg_get_userbyid(datdba),
      'open', (SELECT json_agg(rolname) FROM pg_roles r WHERE has_database_privilege(r.oid, d.oid, 'CONNECT'))))
    FROM pg_database d WHERE datallowconn))`;

/** What tells the program's own roles from an operator's: a comment. */
const LOGIN_MARK = /^maestro: login of ([a-z0-9_]+) in ([a-z0-9_]+)$/;
const OWNER_MARK = "maestro: owner of a database";

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
      `ALTER ROLE "${each}" SET role = '${owner}';`,
    ]),
    `ALTER ROLE "${login}" LOGIN PASSWORD '${password}';`,
    ...(inUse.has(named) ? [] : [`ALTER ROLE "${named}" LOGIN PASSWORD '${password}';`]),
    `\\connect "${database}"`,
    ...[...new Set([...logins, ...others])].flatMap((each) => handOver(each, owner)),
    ...logins.flatMap((each) => shareLater(each, owner)),
    "\\connect postgres",
    "",
  ].join("\n");
}

function loginMark(owner: string, database: string): string {
  return `maestro: login of ${owner} in ${database}`;
}

function createRole(name: string): string {
  return `SELECT 'CREATE ROLE "${name}"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}')\\gexec`;
}

/** What sessions have made that left the owner's role (`SET ROLE NONE`). Users' queries would queue up behind its lock. */
function handOver(login: string, owner: string): string[] {
  return ["SET lock_timeout = '5s';", `REASSIGN OWNED BY "${login}" TO "${owner}";`];
}

/** Until it is handed over, the others may use it. */
function shareLater(login: string, owner: string): string[] {
  return ["TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS"].map(
    (kind) => `ALTER DEFAULT PRIVILEGES FOR ROLE "${login}" GRANT ALL ON ${kind} TO "${owner}";`,
  );
}

/**
 * SQL that takes away what no set uses any more, and ends its sessions; a role that an address names gets the password
 * of the set that serves, unless a set logs in under that name itself. Empty: nothing is to be done.
 *
 * @param used what serves, and what may serve again.
 * @param serving the part of it that serves.
 */
export function settleSql(
  catalog: Catalog,
  used: readonly DatabaseUse[],
  serving: readonly DatabaseUse[],
): string {
  const loginsInUse = new Set(used.map(({ login }) => login));
  const inUse = new Set(used.flatMap(({ login, named }) => [login, named]));
  const databases = new Set(catalog.databases.map(({ name }) => name));
  const idle = catalog.roles.filter(({ name }) => !inUse.has(name));
  const logins = idle.flatMap(({ name, comment }) => {
    const [, owner = "", database = ""] = LOGIN_MARK.exec(comment ?? "") ?? [];
    return owner === "" ? [] : [{ name, owner, database }];
  });
  // What makes a password useless comes first: a role that cannot go for a lock is of no use all the same.
  return [
    ...serving.flatMap(({ named, login }) =>
      loginsInUse.has(named) ? [] : [copyPassword(login, named)],
    ),
    ...idle
      .filter(({ comment }) => comment === OWNER_MARK)
      .map(({ name }) => `ALTER ROLE "${name}" PASSWORD NULL;`),
    ...logins.map(({ name }) => `ALTER ROLE "${name}" NOLOGIN PASSWORD NULL;`),
    ...logins.map(
      ({ name }) =>
        `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '${name}';`,
    ),
    ...logins.flatMap(({ name, owner, database }) =>
      dropLogin(name, owner, databases.has(database) ? database : null),
    ),
  ].join("\n");
}

/** Of a hash that is salted with the role's name another role can have no use. */
function copyPassword(from: string, to: string): string {
  return (
    `SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', '${to}', CASE WHEN rolpassword LIKE 'SCRAM-%' THEN rolpassword END) ` +
    `FROM pg_authid WHERE rolname = '${from}' ` +
    `AND rolpassword IS DISTINCT FROM (SELECT rolpassword FROM pg_authid WHERE rolname = '${to}')\\gexec`
  );
}

function dropLogin(login: string, owner: string, database: string | null): string[] {
  const within =
    database === null
      ? []
      : [
          `\\connect "${database}"`,
          ...handOver(login, owner),
          `DROP OWNED BY "${login}";`,
          "\\connect postgres",
        ];
  return [...within, `DROP ROLE "${login}";`];
}
