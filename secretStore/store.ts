import type { SecretContent } from "../rules/serviceSecrets";

/** One version of a service's secrets as a store lists it. */
export interface SecretVersion {
  readonly version: string;
  /** `current`: what the next release takes; `previous`: what was current before. */
  readonly stage: "current" | "previous" | null;
  /** ISO 8601, UTC; null: the store does not say. */
  readonly createdAt: string | null;
}

/** A service's secret as a resource that Pulumi keeps, without values. */
export interface ManagedSecret {
  readonly name: string;
  /** Where it is already; null: it is still to be made, or the store cannot be asked. */
  readonly arn: string | null;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Name -> value. */
export type SecretValues = Readonly<Record<string, string>>;

/**
 * Where services' secrets are kept: one document of names and values a service, in versions that never change. Values
 * leave a store only by `read`.
 *
 * Every method throws {@link SecretError} for what an operator can mend.
 */
export interface SecretStore {
  /** How the store calls a service's secret, for people: `secret maestro/demo/web`. */
  nameOf(service: string): string;
  /** What a version holds, without values; null: the current one. */
  look(service: string, version: string | null): Promise<SecretContent>;
  read(service: string, version: string | null): Promise<SecretValues>;
  /** Newest stage first; empty: the service has no secrets yet. */
  list(service: string): Promise<readonly SecretVersion[]>;
  /** Makes a new version, which becomes the current one, and returns its id. The one before becomes the previous. */
  write(service: string, values: SecretValues): Promise<string>;
  /** Makes an older version the current one again. */
  restore(service: string, version: string): Promise<void>;
  /** The resource behind a service's secrets; null: this store has none. */
  managed(service: string): Promise<ManagedSecret | null>;
}

/** A secret cannot be had; the message names it and the way out, and never a value. */
export class SecretError extends Error {}

/** A service has no secrets in the store at all. */
export class SecretMissing extends SecretError {}

/**
 * The names and values in the text of a secret.
 *
 * @param secret how the store calls it.
 * @throws SecretError when the text is empty or is not a JSON object of texts; the text itself is not shown.
 */
export function parseSecret(secret: string, text: string): SecretValues {
  const wayOut = 'it must be a JSON object of names and texts, {"KEY": "value"}';
  if (text.trim() === "") throw new SecretError(`${secret} is empty; ${wayOut}`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new SecretError(`${secret} is not JSON (value hidden); ${wayOut}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new SecretError(`${secret} is JSON, but not an object (value hidden); ${wayOut}`);
  }
  // Half of a pair of surrogates has no UTF-8: on its way to a file it would become another character.
  const half = Object.entries(content).find(([, value]) => /\p{Surrogate}/u.test(String(value)));
  if (half) {
    throw new SecretError(
      `${secret}: ${half[0]} has half a character (value hidden); check escapes such as \\ud800`,
    );
  }
  const strange = Object.entries(content).find(([, value]) => typeof value !== "string");
  if (strange) {
    throw new SecretError(`${secret}: ${strange[0]} is a ${typeof strange[1]}; ${wayOut}`);
  }
  return content as SecretValues;
}

/** What a version holds, told without its values. */
export function describeContent(version: string, values: SecretValues): SecretContent {
  const keys = Object.keys(values).sort();
  return { version, keys, emptyKeys: keys.filter((key) => values[key] === "") };
}
