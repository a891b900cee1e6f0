import {
  handOver,
  LOGIN_MARK,
  OWNER_MARK,
  type Catalog,
  type DatabaseUse,
} from "./databaseCatalog";

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
