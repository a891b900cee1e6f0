import { type RegistryLogin } from "./ecrLogin";
import { RegistryError } from "./registryError";
import { isLoopback, type Repository } from "./reference";
import { send, statusOf, type Exchange } from "./registrySend";

/** Who a registry sends to for a token, and what the token is for. */
export interface BearerChallenge {
  readonly realm: string;
  readonly service: string | null;
  readonly scope: string | null;
}

/** The token server that a 401 names; null: the registry takes name and password itself. */
export function parseBearerChallenge(header: string | null): BearerChallenge | null {
  const parameters = /(?:^|[\s,])Bearer\s+(.*)$/i.exec(header ?? "")?.[1];
  if (parameters === undefined) return null;
  const valueOf = (name: string) =>
    new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,]+))`, "i")
      .exec(parameters)
      ?.slice(1)
      .find((value) => value !== undefined) ?? null;
  const realm = valueOf("realm");
  return realm === null ? null : { realm, service: valueOf("service"), scope: valueOf("scope") };
}

/**
 * Gets a token as Docker does: by the login, or by the token that stands for it, or as nobody in particular.
 *
 * @throws RegistryError
 */
export async function fetchToken(
  exchange: Exchange,
  { address, path }: Repository,
  { realm, service, scope }: BearerChallenge,
  login: RegistryLogin | null,
): Promise<string> {
  const url = parseRealm(address, realm, login);
  const who = `registry ${address}: its token server ${url.host}`;
  const parameters = { ...(service && { service }), ...(scope && { scope }) };
  const answer =
    login?.identityToken === undefined
      ? await send(exchange, { who, path }, withParameters(url, parameters), {
          method: "GET",
          headers: login ? { Authorization: basic(login) } : {},
        })
      : await send(exchange, { who, path }, url.href, {
          method: "POST",
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({
            ...parameters,
            grant_type: "refresh_token",
            client_id: "maestro",
            refresh_token: login.identityToken,
          }).toString(),
        });
  if (answer.status !== 200) {
    throw new RegistryError(
      `${who} ${login ? "refuses the login" : "gives no token without a login"} (${statusOf(answer)}); ` +
        `run \`docker login ${address}\`, or give the login the right; asked for ${path}`,
    );
  }
  const token = tokenIn(answer.body);
  if (token !== null) return token;
  throw new RegistryError(`${who} answered without a token; is that address its own?`);
}

/** Name and password as a request's header has them. */
export function basic({ username = "", password = "" }: RegistryLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** A registry must not have a login sent anywhere in clear text. */
function parseRealm(address: string, realm: string, login: RegistryLogin | null): URL {
  const url = URL.canParse(realm) ? new URL(realm) : null;
  const isSafe =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && (login === null || isLoopback(url.host)));
  if (url && isSafe) return url;
  throw new RegistryError(
    `registry ${address}: sends to "${realm}" for a token, where a login would go in clear text; mend the registry's realm`,
  );
}

function withParameters(url: URL, parameters: Readonly<Record<string, string>>): string {
  const full = new URL(url);
  for (const [name, value] of Object.entries(parameters)) full.searchParams.set(name, value);
  return full.href;
}

function tokenIn(body: string): string | null {
  try {
    const { token, access_token } = JSON.parse(body) as Record<string, unknown>;
    const found = token ?? access_token;
    return typeof found === "string" && found !== "" ? found : null;
  } catch {
    return null;
  }
}
