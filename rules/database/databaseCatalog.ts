/** A service's way into its database, as a set has it. */
export interface DatabaseUse {
  /** Role that it logs in as. */
  readonly login: string;
  /** Role that its DATABASE_URL names; the same one in a set from before there were logins. */
  readonly named: string;
  readonly database: string;
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
export const LOGIN_MARK = /^maestro: login of ([a-z0-9_]+) in ([a-z0-9_]+)$/;
export const OWNER_MARK = "maestro: owner of a database";

/** Comment of a login. */
export function loginMark(owner: string, database: string): string {
  return `maestro: login of ${owner} in ${database}`;
}

/**
 * SQL that gives the owner what sessions have made after they left its role (`SET ROLE NONE`). It does not wait long for
 * a lock: users' queries would queue up behind it.
 */
export function handOver(login: string, owner: string): string[] {
  return ["SET lock_timeout = '5s';", `REASSIGN OWNED BY "${login}" TO "${owner}";`];
}
