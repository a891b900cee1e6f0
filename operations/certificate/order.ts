import type { Authorization, Order } from "acme-client";
import {
  authorityName,
  type AcmeSettings,
  type ChallengeKind,
} from "../../rules/acme/acmeSettings";
import { waitOf, type AuthorityAnswer } from "../../rules/acme/refusal";
import { plainText } from "../../rules/plainText";

const MESSAGE_LENGTH = 500;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
/** How an authority is asked whether it has done something: two minutes and a half in all. */
const POLLING = { backoffAttempts: 20, backoffMin: 500, backoffMax: 10_000 };

/** An authority has refused, or could not be asked. */
export class AuthorityError extends Error {
  public override readonly name = "AuthorityError";

  /** @param until when it asks to be asked again, in milliseconds since 1970; null: it does not say. */
  constructor(
    message: string,
    readonly until: number | null,
  ) {
    super(message);
  }
}

/** Shows an authority that a name is the stack's. */
export interface Responder {
  readonly kind: ChallengeKind;
  /** Returns once the answer can be seen. @param token the challenge's name. */
  show(name: string, token: string, answer: string): Promise<void>;
  /** Takes it away again; never throws. */
  remove(name: string, token: string, answer: string): Promise<void>;
}

/** A certificate that was issued, PEM. */
export interface IssuedPair {
  /** The certificate, and those that it is signed with. */
  readonly chain: string;
  readonly key: string;
}

/** Makes a private key, PEM: of an account or of a certificate. */
export async function createKey(): Promise<string> {
  const { crypto } = await import("acme-client");
  return (await crypto.createPrivateEcdsaKey("P-256")).toString();
}

/**
 * Orders a certificate for all names of the settings.
 *
 * @param accountKey PEM; an account is made where the authority knows none of this key.
 * @throws AuthorityError when the authority refuses or cannot be asked; what the responder throws.
 */
export async function orderCertificate(
  settings: AcmeSettings,
  accountKey: string,
  responder: Responder,
): Promise<IssuedPair> {
  const acme = await import("acme-client");
  const refusal = watchAnswers(acme.axios);
  const client = new acme.Client({ directoryUrl: settings.authority, accountKey, ...POLLING });
  /** Whatever the library says of a failure, with what the authority has asked for. */
  const ask = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw await explain(settings.authority, error as Error, refusal());
    }
  };
  const { email } = settings;
  // An account that is there is updated: without any contact named, that would be a request about nothing.
  const contact = email === null ? [] : [`mailto:${email}`];
  await ask(() => client.createAccount({ termsOfServiceAgreed: true, contact }));
  const order = await ask(() => client.createOrder(orderOf(settings)));
  const authorizations = await ask(() => client.getAuthorizations(order));
  const shown: Shown[] = [];
  try {
    // One after the other: a hook need not expect itself.
    for (const authorization of authorizations.filter(({ status }) => status === "pending")) {
      const challenge = challengeOf(authorization, responder.kind, settings.authority);
      const answer = await client.getChallengeKeyAuthorization(challenge);
      const name = authorization.identifier.value;
      shown.push({ name, token: challenge.token, answer, challenge });
      await responder.show(name, challenge.token, answer);
    }
    for (const { name, challenge } of shown) {
      await ask(() => client.completeChallenge(challenge));
      await ask(() => client.waitForValidStatus(challenge)).catch((error: unknown) => {
        if (!(error instanceof AuthorityError)) throw error;
        throw new AuthorityError(`${name}: ${error.message}`, error.until);
      });
    }
    const key = await createKey();
    const [, csr] = await acme.crypto.createCsr({ altNames: [...settings.names] }, key);
    const done = await ask(() => client.finalizeOrder(order, csr));
    return { chain: await ask(() => client.getCertificate(done)), key };
  } finally {
    for (const { name, token, answer } of shown) await responder.remove(name, token, answer);
  }
}

type Challenge = Authorization["challenges"][number];

interface Shown {
  readonly name: string;
  readonly token: string;
  readonly answer: string;
  readonly challenge: Challenge;
}

function orderOf({ names, profile }: AcmeSettings): Parameters<OrderCreator>[0] {
  const identifiers = names.map((value) => ({ type: "dns", value }));
  return { identifiers, ...(profile === null ? {} : { profile }) };
}

type OrderCreator = (data: Pick<Order, "identifiers">) => unknown;

function challengeOf(
  { identifier, challenges }: Authorization,
  kind: ChallengeKind,
  authority: string,
): Challenge {
  const found = challenges.find(({ type }) => type === kind);
  if (found) return found;
  const offered = challenges.map(({ type }) => type).join(", ");
  throw new AuthorityError(
    `${authorityName(authority)} offers no ${kind} for ${identifier.value}, only ${offered}; set edge.tls.acme.challenge`,
    null,
  );
}

type Axios = (typeof import("acme-client"))["axios"];

/** Notes the last answer that was none of success. The library's own retries would wait as long as it is asked to: hours. */
function watchAnswers(axios: Axios): () => AuthorityAnswer | null {
  let last: AuthorityAnswer | null = null;
  axios.defaults.timeout = REQUEST_TIMEOUT_MILLISECONDS;
  const { acmeSettings } = axios.defaults as unknown as { acmeSettings: object };
  Object.assign(acmeSettings, { retryMaxAttempts: 0 });
  axios.interceptors.response.use((response) => {
    const { status, headers, data } = response as {
      status: number;
      headers: Record<string, unknown>;
      data: unknown;
    };
    const { type } = (data ?? {}) as { type?: unknown };
    const retryAfter = headers["retry-after"];
    last =
      status < 400
        ? null
        : {
            status,
            ...(typeof retryAfter === "string" ? { retryAfter } : {}),
            ...(typeof type === "string" ? { type } : {}),
          };
    return response;
  });
  return () => last;
}

async function explain(
  authority: string,
  error: Error,
  answer: AuthorityAnswer | null,
): Promise<AuthorityError> {
  const name = authorityName(authority);
  // The library has no word for an authority that does not answer.
  if (error instanceof TypeError) {
    return new AuthorityError(`${name} cannot be reached: ${await whyNot(authority)}`, null);
  }
  const says = `${name} says: ${plainText(error.message, MESSAGE_LENGTH)}`;
  const until = answer && waitOf(answer, Date.now());
  return new AuthorityError(
    until === null
      ? says
      : `${says}; it asks to be left alone until ${new Date(until).toISOString()}`,
    until,
  );
}

async function whyNot(url: string): Promise<string> {
  try {
    const { status } = await fetch(url, {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS),
    });
    return `${url} answered ${status}`;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    return cause?.code ?? message;
  }
}
