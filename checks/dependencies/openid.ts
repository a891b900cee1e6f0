import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrant,
  customFetch,
  discovery,
  type Configuration,
} from "openid-client";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from "jose";
import type { OpenidDependency } from "../../rules/health/dependency";
import { fetchThrough, type InnerFetch } from "./fetchThrough";
import {
  describeTls,
  ownReason,
  Unwell,
  type DependencyAnswer,
  type DependencyQuestion,
} from "./dependencyLook";

/** What this machine's and the provider's clocks may differ by. */
const CLOCK_SECONDS = 30;

/**
 * Asks an identity provider what a service needs of it: that it names itself as tokens do, has keys to check them by, and
 * gives the service's client a token, which is then checked as a service checks it.
 */
export async function askOpenid({
  dependency,
  dial,
  secret,
}: DependencyQuestion<OpenidDependency>): Promise<DependencyAnswer> {
  const { issuer, clientId, clientSecret } = dependency;
  const password = clientSecret === undefined ? undefined : secret(clientSecret);
  const fetch = fetchThrough(dial);
  try {
    const provider = await discover(dependency, password, fetch);
    const keys = await readKeys(provider, fetch);
    const known = `${issuer}: ${keys.keys.length} keys`;
    if (clientId === undefined) return { condition: "good", says: known };
    return {
      condition: "good",
      says: `${known}, ${await tryToken(provider, keys, dependency)}`,
    };
  } catch (error) {
    throw explain(error as Error, dependency);
  }
}

async function discover(
  { issuer, clientId = "maestro" }: OpenidDependency,
  password: string | undefined,
  fetch: InnerFetch,
): Promise<Configuration> {
  const insecure = issuer.startsWith("http:") ? [allowInsecureRequests] : [];
  const open = (post: boolean) =>
    discovery(
      new URL(issuer),
      clientId,
      undefined,
      password === undefined
        ? undefined
        : post
          ? ClientSecretPost(password)
          : ClientSecretBasic(password),
      { execute: insecure, [customFetch]: fetch },
    );
  const provider = await open(false);
  const methods = provider.serverMetadata().token_endpoint_auth_methods_supported;
  // By the specification a provider that says nothing takes `client_secret_basic`.
  return methods && !methods.includes("client_secret_basic") ? open(true) : provider;
}

async function readKeys(provider: Configuration, fetch: InnerFetch): Promise<JSONWebKeySet> {
  const { jwks_uri: uri } = provider.serverMetadata();
  if (uri === undefined) throw new Error("its discovery document names no jwks_uri");
  const answer = await fetch(uri, { method: "GET", headers: {} });
  const document = (await answer.json().catch(() => null)) as JSONWebKeySet | null;
  if (answer.status !== 200 || !Array.isArray(document?.keys) || document.keys.length === 0) {
    throw new Error(`${uri} gives no keys, status ${answer.status}`);
  }
  return document;
}

/** @returns what there is to say of the token; never the token. */
async function tryToken(
  provider: Configuration,
  keys: JSONWebKeySet,
  { issuer, scope }: OpenidDependency,
): Promise<string> {
  const { access_token: token, expires_in: lasts } = await clientCredentialsGrant(
    provider,
    scope === undefined ? {} : { scope },
  );
  const seconds = lasts === undefined ? "" : ` for ${lasts} s`;
  if (!isSigned(token)) return `token${seconds}, which only the provider can read`;
  const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
    ...{ issuer, clockTolerance: CLOCK_SECONDS, requiredClaims: ["exp"] },
  });
  return `token${seconds}, signed by ${protectedHeader.alg}`;
}

/** Three parts, the first of which names an algorithm; an encrypted token has five. */
function isSigned(token: string): boolean {
  if (token.split(".").length !== 3) return false;
  try {
    return decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false;
  }
}

/** What libraries say of an answer is in the cause. */
function explain(error: Error, { issuer, clientId, clientSecret }: OpenidDependency): Error {
  const {
    code,
    error: refusal,
    error_description: details,
    cause,
  } = error as Error & {
    code?: string;
    error?: string;
    error_description?: string;
    cause?: { attribute?: string; body?: Readonly<Record<string, unknown>> };
  };
  const own = ownReason(error);
  if (own) return own;
  if (code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED" && cause?.attribute === "issuer") {
    const says = `names itself ${JSON.stringify(cause.body?.["issuer"])}, wanted ${JSON.stringify(issuer)}`;
    return new Unwell(says, "write the issuer as the provider does, to the letter");
  }
  if (refusal !== undefined) {
    const says = `${issuer} gives ${clientId} no token: ${refusal}${details ? `, ${details}` : ""}`;
    const mend =
      refusal === "invalid_client" || refusal === "unauthorized_client"
        ? `see that the client is there, may use client_credentials, and that secret ${clientSecret} is its own`
        : "see the provider's settings of this client";
    return new Unwell(says, mend);
  }
  if (code?.startsWith("ERR_JW")) {
    const says = `${issuer}: its token is not as a service accepts it: ${error.message}`;
    return new Unwell(
      says,
      "compare the provider's issuer, keys and clock with what services expect",
    );
  }
  if (cause instanceof Response && cause.status !== 200) {
    const says = `${issuer} has no discovery document: status ${cause.status}`;
    return new Unwell(says, "write the issuer as the provider does, to the letter");
  }
  const why = cause instanceof Error ? cause.message : error.message;
  return new Error(`${issuer}: ${describeTls(why)}`);
}
