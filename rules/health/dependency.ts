/** A PostgreSQL that a service uses. */
export interface PostgresDependency {
  readonly kind: "postgres";
  /** The service's secret with its address: `DATABASE_URL`. */
  readonly url: string;
}

/** A Redis, or what speaks its protocol, such as Valkey. */
export interface RedisDependency {
  readonly kind: "redis";
  /** The service's secret with its address, `redis://` or `rediss://`; left out: `address` says where it is. */
  readonly url?: string;
  /** `host:port` */
  readonly address?: string;
  /** @default - the server's default user */
  readonly username?: string;
  /** The service's secret with the password. @default - it asks for none */
  readonly password?: string;
  /** @default - plain TCP */
  readonly tls?: true;
}

/** An identity provider by OpenID Connect, such as Keycloak. */
export interface OpenidDependency {
  readonly kind: "openid";
  /** As tokens name it: `https://id.example.com/realms/shop`. */
  readonly issuer: string;
  /** A client that may get tokens for itself. @default - no token is asked for */
  readonly clientId?: string;
  /** The service's secret with that client's. */
  readonly clientSecret?: string;
  /** What the token is asked for. @default - the provider's default */
  readonly scope?: string;
}

/** What a service cannot do without, and how it gets in there. */
export type Dependency = PostgresDependency | RedisDependency | OpenidDependency;

/** By the name that the project gives it. */
export type Dependencies = Readonly<Record<string, Dependency>>;

/** Where a dependency is. */
export interface DependencyAddress {
  readonly host: string;
  readonly port: number;
}

/** The secrets of its service that a dependency needs. */
export function secretsOf(dependency: Dependency): string[] {
  const names =
    dependency.kind === "openid"
      ? [dependency.clientSecret]
      : dependency.kind === "redis"
        ? [dependency.url, dependency.password]
        : [dependency.url];
  return names.filter((name) => name !== undefined);
}

/** What an address that is a secret says. */
export interface SecretAddress extends DependencyAddress {
  readonly scheme: string;
  /** Empty: none. */
  readonly username: string;
  readonly password: string;
  /** Without the slash in front. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/**
 * Takes an address apart that only its service may know. A driver in its scheme, as SQLAlchemy has it, is left out.
 *
 * @param schemes such as `redis`, each with its port.
 * @throws Error without the address in it.
 */
export function parseAddress(
  secret: string,
  address: string,
  schemes: Readonly<Record<string, number>>,
): SecretAddress {
  let url: URL;
  let parts: string[];
  try {
    url = new URL(address.trim().replace(/^([a-z]+)\+[a-z0-9_]+:/i, "$1:"));
    parts = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
  } catch {
    throw new Error(`secret ${secret}: must be an address (value hidden)`);
  }
  const scheme = url.protocol.slice(0, -1);
  const usual = schemes[scheme];
  if (usual === undefined || url.hostname === "") {
    const known = Object.keys(schemes).map((each) => `${each}://`);
    throw new Error(
      `secret ${secret}: must begin with ${known.join(" or ")} and a host (value hidden)`,
    );
  }
  const [username = "", password = "", path = ""] = parts;
  const port = url.port === "" ? usual : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { scheme, host, port, username, password, path, parameters: url.searchParams };
}

/** Somebody else's words without the values that nobody may read. */
export function hideValues(text: string, values: readonly string[]): string {
  const hidden = values
    .flatMap((value) => [value, value.trim(), passwordOf(value)])
    .filter((value) => value.length > 2);
  return hidden.reduce((shown, value) => shown.replaceAll(value, "(hidden)"), text);
}

/** The one in an address; empty: there is none. */
function passwordOf(value: string): string {
  try {
    return decodeURIComponent(new URL(value.trim()).password);
  } catch {
    return "";
  }
}
