import { plainText } from "../plainText";

/** A service's description of its API, and what of its changes its clients have agreed to. */
export interface ApiSettings {
  /** Where the service answers with its OpenAPI document (3.0 or 3.1, JSON or YAML); as users ask for it. */
  readonly path: string;
  /** Fingerprints of breaking changes that may go out. */
  readonly accept: readonly string[];
}

/** A change that breaks who uses an API, as oasdiff tells of it. */
export interface ApiChange {
  /** Stays the same as long as the change does. */
  readonly fingerprint: string;
  /** `GET /orders/{id}`; empty: no single request. */
  readonly request: string;
  readonly says: string;
}

/** oasdiff's word for what breaks for certain; 2 is what may. */
const BREAKS = 3;
const WORDS_LENGTH = 300;

/**
 * Breaking changes from the output of `oasdiff breaking --format json`.
 *
 * @throws SyntaxError, TypeError where it is something else.
 */
export function readApiChanges(output: string): ApiChange[] {
  const found = JSON.parse(output) as readonly {
    readonly level: number;
    readonly text: string;
    readonly fingerprint: string;
    readonly operation?: string;
    readonly path?: string;
  }[];
  return found
    .filter(({ level }) => level === BREAKS)
    .map(({ fingerprint, text, operation = "", path = "" }) => ({
      fingerprint,
      // The document's own words: a service could write anything there.
      request: plainText(`${operation} ${path}`.trim(), WORDS_LENGTH),
      says: plainText(text, WORDS_LENGTH),
    }));
}

/** `GET /orders/{id}: added the new required parameter q [0de398239258]` */
export function describeApiChange({ request, says, fingerprint }: ApiChange): string {
  return `${request ? `${request}: ` : ""}${says} [${fingerprint}]`;
}
