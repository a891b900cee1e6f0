import { createHash } from "node:crypto";
import { hasMigrations } from "./migrationServices";
import { databaseName, ownDatabase } from "./postgresLayout";
import type { Release, ReleaseRecord, ServiceRelease } from "../../release/release";
import type { RolloutPlan } from "../../release/rolloutPlan";
import { secretName } from "../serviceSecrets";

/** The secret with a database's address. */
export const DATABASE_SECRET = "DATABASE_URL";

/** Longest start of a login's name; with `_` and the hash it stays within PostgreSQL's 63 bytes. */
const LOGIN_START = 54;

/**
 * Role that a version of a service's secrets logs in as. A role has one password, so each version has a role of its
 * own: two sets with two passwords can use one database side by side, and either one's can be taken away.
 */
export function loginName(service: string, version: string): string {
  const hash = createHash("sha256").update(`${service}@${version}`).digest("hex");
  return `${databaseName(service).slice(0, LOGIN_START)}_${hash.slice(0, 8)}`;
}

/** Whether a service is given the address of a database. */
export function hasDatabaseSecret({ secrets, secretVersion }: ServiceRelease): boolean {
  return secretVersion !== undefined && secrets.map(secretName).includes(DATABASE_SECRET);
}

/**
 * A plan in which the set to be placed has logins of its own in the stack's own server.
 *
 * A version that serves under the name in its address, as every set does that was made before there were logins, is
 * placed under that name again: nothing of such a stack changes before its secrets do.
 */
export function withLogins(plan: RolloutPlan, hasOwnServer: boolean): RolloutPlan {
  const incoming = plan.sets[plan.activeColor];
  if (plan.action !== "deploy" || !incoming || !hasOwnServer) return plan;
  const serving = plan.outgoingColor && plan.sets[plan.outgoingColor]?.record;
  const logins = loginsOf(incoming.record, serving ?? null);
  if (Object.keys(logins).length === 0) return plan;
  const record: ReleaseRecord = { ...incoming.record, logins };
  return { ...plan, sets: { ...plan.sets, [plan.activeColor]: { ...incoming, record } } };
}

function loginsOf(release: Release, serving: ReleaseRecord | null): Record<string, string> {
  if (!hasMigrations(release)) return {};
  const isUnchanged = (service: string, version: string) =>
    serving?.services[service]?.secretVersion === version &&
    serving.logins?.[service] === undefined;
  return Object.fromEntries(
    Object.entries(release.services).flatMap(([service, settings]) => {
      const version = settings.secretVersion;
      if (version === undefined || !hasDatabaseSecret(settings)) return [];
      return isUnchanged(service, version) ? [] : [[service, loginName(service, version)]];
    }),
  );
}

/**
 * A service's secrets as its containers get them: where the database's address names the stack's own server, the user
 * in it is the login, in every value with the same user and password. All else stays as it is, byte for byte.
 */
export function withLogin(
  prefix: string,
  values: Readonly<Record<string, string>>,
  login: string | undefined,
): Readonly<Record<string, string>> {
  const own = login === undefined ? null : ownDatabase(prefix, values[DATABASE_SECRET] ?? "");
  if (!own) return values;
  const namesTheSame = (value: string) => {
    try {
      const other = ownDatabase(prefix, value);
      return other?.role === own.role && other.password === own.password;
    } catch {
      return false;
    }
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      namesTheSame(value) ? value.replace(USER, `$1${login}`) : value,
    ]),
  );
}

const USER = /^(\s*[A-Za-z][A-Za-z0-9+.-]*:\/\/)[^:@/?#]*/;
