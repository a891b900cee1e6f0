import { createHash } from "node:crypto";
import {
  canonicalJson,
  type Color,
  type Release,
  type ReleaseRecord,
  type SecretUse,
  type ServiceRelease,
} from "../release/release";

/** Where a container sees its secrets: a file for each, read-only. */
export const SECRETS_MOUNT = "/run/secrets";

/** Where a stack's secrets come from and where they lie. */
export interface SecretsSettings {
  /** `local`: the stack's own encrypted file; `aws`: Secrets Manager. */
  readonly kind: "local" | "aws";
  /** Directory on the Docker host for the files; in memory unless the operator chose otherwise. */
  readonly directory: string;
  /** AWS region of the secrets; left out: the one that AWS clients find. */
  readonly region?: string | undefined;
}

/** Per set: service -> variable -> value. */
export type SecretVariables = Readonly<
  Record<Color, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** What of a service's secrets a set needs: which version, which names, and who may read them. */
export interface DeliveredSecrets {
  readonly version: string;
  readonly names: readonly string[];
  /** `uid` or `uid:gid` of the service's process. */
  readonly user: string;
  /** Role that the service logs in to its database as, in place of the one its DATABASE_URL names; left out: that one. */
  readonly login?: string;
}

/** A release, and how it is placed on a set, if it is. */
type Delivered = Release & Pick<ReleaseRecord, "logins">;

/** What a version of a service's secrets holds. Never a value. */
export interface SecretContent {
  readonly version: string;
  readonly keys: readonly string[];
  /** Keys that are there, with nothing in them. */
  readonly emptyKeys: readonly string[];
}

/** A secret's name, whichever way it is wanted. */
export function secretName(use: SecretUse): string {
  return typeof use === "string" ? use : use.name;
}

/** The services of a release that have secrets. */
export function deliveredSecrets(release: Delivered): Record<string, DeliveredSecrets> {
  return Object.fromEntries(
    Object.keys(release.services).flatMap((service) => {
      const delivered = deliveredTo(release, service);
      return delivered ? [[service, delivered]] : [];
    }),
  );
}

/** What a service's containers are to find below /run/secrets; null: nothing. */
export function deliveredTo(release: Delivered, service: string): DeliveredSecrets | null {
  const settings = release.services[service];
  const version = settings?.secretVersion;
  if (!settings || settings.secrets.length === 0 || version === undefined) return null;
  const login = release.logins?.[service];
  const names = settings.secrets.map(secretName).sort();
  return { version, names, user: settings.user, ...(login === undefined ? {} : { login }) };
}

/** Whose secrets are in a directory of their own: a set's, or a stateful service's. */
export type SecretsHolder = Color | `stateful-${string}`;

/** Directory of one set's secrets, or a stateful service's, below the stack's directory of secrets. */
export function setSecretsDirectory(prefix: string, color: SecretsHolder): string {
  return `${prefix}/${color}`;
}

/**
 * Directory of one service's files in its set's. Another version, other names or another user is another directory: so
 * the idle set's container is replaced when they change, and no container ever sees its files change.
 */
export function serviceSecretsDirectory(service: string, delivered: DeliveredSecrets): string {
  const hash = createHash("sha256").update(canonicalJson(delivered)).digest("hex");
  return `${service}-${hash.slice(0, 16)}`;
}

/** Where a service's files lie on the host, absolute; what its containers mount at {@link SECRETS_MOUNT}. */
export function secretsSource(
  root: string,
  prefix: string,
  color: Color,
  service: string,
  delivered: DeliveredSecrets,
): string {
  const set = setSecretsDirectory(prefix, color);
  return `${root}/${set}/${serviceSecretsDirectory(service, delivered)}`;
}

/** Environment that tells a service where its secrets are: `DATABASE_URL_FILE=/run/secrets/DATABASE_URL`. */
export function secretFileVariables(service: ServiceRelease): Record<string, string> {
  if (service.secretVersion === undefined) return {};
  return fileVariables(service.secrets.map(secretName));
}

/** Variables that tell a container where the files of its secrets are. */
export function fileVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    [...names].sort().map((name) => [secretFileVariable(name), `${SECRETS_MOUNT}/${name}`]),
  );
}

/** Variable that tells where the file of a secret is. */
export function secretFileVariable(name: string): string {
  return `${name}_FILE`;
}

/** Secrets whose values a service wants in plain environment variables, too. */
export function environmentSecrets(service: ServiceRelease): string[] {
  return service.secrets.flatMap((use) => (typeof use === "string" ? [] : [use.name]));
}

/**
 * What keeps a service from getting its secrets; empty: nothing does.
 *
 * @param secret how the store calls it: `maestro/demo/web`.
 */
export function findSecretProblems(
  service: string,
  names: readonly string[],
  secret: string,
  content: SecretContent,
): string[] {
  const there = content.keys.length > 0 ? content.keys.join(", ") : "(none)";
  const way = `set it with \`npm run secrets -- set --service ${service}`;
  return names.flatMap((name) => {
    const at = `services.${service}.secrets.${name}: ${secret}, version ${content.version},`;
    if (!content.keys.includes(name)) {
      return [`${at} has no key ${name}, its keys are ${there}; ${way} ${name}\``];
    }
    return content.emptyKeys.includes(name) ? [`${at} has nothing in it; ${way} ${name}\``] : [];
  });
}
