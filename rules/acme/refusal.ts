/** What an authority has answered to a request that failed. */
export interface AuthorityAnswer {
  readonly status: number;
  /** `Retry-After`: seconds, or a date; absent: it does not say. */
  readonly retryAfter?: string;
  /** `urn:ietf:params:acme:error:rateLimited` */
  readonly type?: string;
}

/** How long an authority is left alone that asks for it and does not say how long. */
const DEFAULT_WAIT_SECONDS = 3_600;
/** No authority is believed that it wants to be left alone for longer. */
const MAX_WAIT_SECONDS = 7 * 86_400;

/**
 * Until when an authority asks to be left alone, by its answer; null: it does not.
 *
 * @param now milliseconds since 1970, as is what is returned.
 */
export function waitOf({ status, retryAfter, type }: AuthorityAnswer, now: number): number | null {
  const isLimited = status === 429 || type === "urn:ietf:params:acme:error:rateLimited";
  if (!isLimited && !(status === 503 && retryAfter !== undefined)) return null;
  const seconds = secondsOf(retryAfter, now) ?? DEFAULT_WAIT_SECONDS;
  return now + Math.min(Math.max(seconds, 1), MAX_WAIT_SECONDS) * 1000;
}

function secondsOf(retryAfter: string | undefined, now: number): number | null {
  if (retryAfter === undefined) return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? null : (date - now) / 1000;
}
