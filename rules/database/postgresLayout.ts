import { plainText } from "../plainText";

/** Where the server keeps its data inside its container. */
export const POSTGRES_DATA = "/var/lib/postgresql/data";
export const POSTGRES_PORT = 5432;

/** Name of a stack's PostgreSQL container and of the volume with its data; also its host name in the stack's network. */
export function postgresContainerName(prefix: string): string {
  return `${prefix}-postgres`;
}

/** A service's database and its role: letters, digits and underscores. */
export function databaseName(service: string): string {
  return service.replaceAll("-", "_");
}

/** Address of a service's database, with the role's password. */
export function databaseUrl(prefix: string, service: string, password: string): string {
  const name = databaseName(service);
  return `postgresql://${name}:${password}@${postgresContainerName(prefix)}:${POSTGRES_PORT}/${name}`;
}

/** What the address of a database on the stack's own server says. */
export interface OwnDatabase {
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

/** What an address says, where it is the stack's own server; null: another server, which is its owner's matter. */
export function ownDatabase(prefix: string, address: string): OwnDatabase | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.hostname !== postgresContainerName(prefix)) return null;
  try {
    return {
      role: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    // The error's own message says neither where nor what.
    throw new Error(
      `DATABASE_URL: a "%" must be followed by two hex digits (value hidden); ${ANEW}`,
    );
  }
}

/** An address of the stack's own server with another password; null: another server's, or one that cannot be told. */
export function withPassword(prefix: string, address: string, password: string): string | null {
  const before = ownDatabase(prefix, address);
  const changed = address.replace(USER_AND_PASSWORD, `$1:${password}@`);
  const after = before && ownDatabase(prefix, changed);
  const isSame = after?.role === before?.role && after?.database === before?.database;
  return after?.password === password && isSame ? changed : null;
}

const USER_AND_PASSWORD = /^(\s*[A-Za-z][A-Za-z0-9+.-]*:\/\/[^:@/?#]+)(?::[^@/?#]*)?@/;

const ANEW = "generate it again with `npm run migrate -- secrets`";

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
/** PostgreSQL's own: a service of such a name would get the administrator's role, or every new database's template. */
const RESERVED = /^(?:pg_.*|postgres|template[01]|public|none)$/;

/** @throws Error when an address holds what no statement may hold, or names what is PostgreSQL's own. */
export function checkAddress(own: OwnDatabase): void {
  for (const name of [own.role, own.database]) {
    if (!IDENTIFIER.test(name)) {
      throw new Error(
        `DATABASE_URL: role and database must be lower-case letters, digits and _, got "${plainText(name, 80)}"; ` +
          ANEW,
      );
    }
    if (RESERVED.test(name)) {
      throw new Error(
        `DATABASE_URL: "${name}" is PostgreSQL's own role or database; rename the service, or name others in the address`,
      );
    }
  }
  if (own.password.includes("\0")) {
    throw new Error(`DATABASE_URL: the password must have no NUL (value hidden); ${ANEW}`);
  }
}

/** SQL that makes a role and its database, or gives a role that is there its password; nobody else may connect. */
export function provisionSql(own: OwnDatabase): string {
  checkAddress(own);
  const { role, database } = own;
  const password = own.password.replaceAll("'", "''");
  return [
    `SELECT 'CREATE ROLE "${role}" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}')\\gexec`,
    `ALTER ROLE "${role}" PASSWORD '${password}';`,
    `SELECT 'CREATE DATABASE "${database}" OWNER "${role}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}')\\gexec`,
    `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`,
    "",
  ].join("\n");
}
