import { createRemoteJWKSet, jwtVerify, type JWTPayload } from "jose";
import { PATIENCE_SECONDS } from "./caller";

const ALGORITHMS = ["RS256", "ES256"];

/**
 * What a server that runs jobs says of one, by the token that it has signed for it.
 *
 * @param issuer its address; its OpenID configuration names its keys.
 * @throws Error when the token is not by that server, not for this audience, or has expired.
 */
export async function readToken(
  token: string,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Promise<JWTPayload> {
  const { jwks_uri: keys } = (await getJson(`${issuer}/.well-known/openid-configuration`)) as {
    jwks_uri?: unknown;
  };
  if (typeof keys !== "string") throw new Error(`${issuer} names no keys`);
  const timeoutDuration = PATIENCE_SECONDS * 1000;
  const { payload } = await jwtVerify(
    token,
    createRemoteJWKSet(new URL(keys), { timeoutDuration }),
    {
      ...{ issuer, audience, algorithms: ALGORITHMS },
      requiredClaims: ["exp"],
    },
  );
  return payload;
}

/** @throws Error when the answer is not 200 and JSON; a redirect is none, since it could take a token elsewhere. */
export async function getJson(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  const answer = await fetch(url, { headers, redirect: "error", signal });
  if (answer.status !== 200) throw new Error(`${new URL(url).host} answers ${answer.status}`);
  return answer.json();
}

/** A claim that must be text; undefined: the token has it not. */
export function textOf(payload: JWTPayload, name: string): string | undefined {
  const value = payload[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
