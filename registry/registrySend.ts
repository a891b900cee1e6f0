import { setTimeout as sleep } from "node:timers/promises";
import { type Asker, HostError } from "../rules/host/asking";
import { RegistryError } from "./registryError";
import { isLoopback } from "./reference";

const TIMEOUT_MILLISECONDS = 10_000;
/** A throttled or briefly absent registry is asked again; about eight seconds in all, or as long as it says itself. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 500;
/** Whoever asks for more than this in `Retry-After` is not waited for. */
const LONGEST_PAUSE_SECONDS = 30;
/** A manifest has up to 4 MiB by the specification. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly body: string;
}

/** One request and its answer, whatever it is. */
export type Exchange = (url: string, request: RegistryRequest) => Promise<RegistryAnswer>;

/** Asks from this machine. */
export const fetchExchange: Exchange = (url, request) => fetchUntil(url, request);

/** @param signal ends what has not been answered. @default - the usual time */
async function fetchUntil(
  url: string,
  { method, headers = {}, body }: RegistryRequest,
  signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS),
): Promise<RegistryAnswer> {
  const response = await fetch(url, {
    method,
    headers,
    signal,
    ...(body !== undefined && { body }),
  });
  const { status } = response;
  return { status, header: (name) => response.headers.get(name), body: await response.text() };
}

/**
 * Asks from this machine, once and until then: for what is good to know, and nobody waits for.
 *
 * @param unanswered told of each question that has no answer which another try would not change; it counts as "not there".
 */
export function exchangeUntil(end: AbortSignal, unanswered: () => void): Exchange {
  return async (url, request) => {
    const answer = await fetchUntil(url, request, end).catch(() => null);
    if (answer && !isPassing(answer.status)) return answer;
    unanswered();
    return { status: 404, header: () => null, body: '{"errors":[{"code":"NOT_FOUND"}]}' };
  };
}

/** Asks as the host does: a registry on loopback is the host's own, any other one is the same from everywhere. */
export function exchangeOn(host: Asker): Exchange {
  return async (url, request) => {
    const { method, headers = {} } = request;
    // Images are pushed from where they are built.
    if (!isLoopback(new URL(url).host) || method === "PUT" || method === "POST") {
      return fetchExchange(url, request);
    }
    const answer = await host.ask(url, {
      method,
      headers,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
      maxBodyBytes: MAX_BODY_BYTES,
    });
    const header = (name: string) => answer.headers[name.toLowerCase()]?.toString() ?? null;
    return { status: answer.status, header, body: answer.body };
  };
}

/** What a message about a request says of it. */
export interface Subject {
  /** Who is asked: `registry localhost:5000`. */
  readonly who: string;
  /** For which repository. */
  readonly path: string;
}

/**
 * Sends a request, again while the other side is overloaded, restarting or out of reach.
 *
 * @returns an answer that a further try would not change.
 * @throws RegistryError when no try gave one.
 */
export async function send(
  exchange: Exchange,
  { who, path }: Subject,
  url: string,
  request: RegistryRequest,
): Promise<RegistryAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await exchange(url, request).catch(describeFailure);
    if (typeof outcome !== "string" && !isPassing(outcome.status)) return outcome;
    const pause = attempt < ATTEMPTS ? pauseAfter(outcome, attempt) : null;
    if (pause === null) {
      throw new RegistryError(`${who}: ${describe(outcome)}; asked for ${path}`);
    }
    await sleep(pause);
  }
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * Why a question has no answer, and what to do.
 *
 * @throws HostError when the host itself cannot be reached: that says nothing about the registry.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof HostError) throw error;
  const { cause, code, message } = error as NodeJS.ErrnoException & { cause?: { code?: string } };
  // A timeout's code is a number, which tells nobody anything.
  const reason = [cause?.code, code].find((each) => typeof each === "string") ?? message;
  return `it cannot be reached (${reason}); check its address and the network`;
}

/**
 * Milliseconds until the next try; null: it asks for more patience than there is.
 *
 * @param attempt tries so far.
 */
export function pauseAfter(
  outcome: RegistryAnswer | string,
  attempt: number,
  random: () => number = Math.random,
): number | null {
  const backoff = FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1);
  // Many deployers at once must not come back at once.
  const jittered = backoff * (0.5 + random() / 2);
  const wanted = typeof outcome === "string" ? 0 : retryAfterSeconds(outcome.header("retry-after"));
  if (wanted > LONGEST_PAUSE_SECONDS) return null;
  return Math.max(jittered, wanted * 1000 + (wanted > 0 ? random() * FIRST_PAUSE_MILLISECONDS : 0));
}

/** Seconds, or a date; 0 where it says nothing that can be understood. */
function retryAfterSeconds(value: string | null): number {
  if (value === null) return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.max(0, seconds);
}

function describe(outcome: RegistryAnswer | string): string {
  if (typeof outcome === "string") return outcome;
  const wanted = retryAfterSeconds(outcome.header("retry-after"));
  const patience = wanted > 0 ? `wait ${Math.ceil(wanted)} s` : "wait";
  return outcome.status === 429
    ? `it still limits the rate of requests after several tries (429); ${patience} and run it again`
    : `it still answered ${statusOf(outcome)} after several tries; ${patience} and run it again`;
}

/** `500: unknown error`, with the registry's own words where it has some. */
export function statusOf({ status, body }: RegistryAnswer): string {
  const message = /"message":\s*"([^"]*)"/.exec(body.slice(0, 1000))?.[1];
  return message ? `${status}: ${message}` : String(status);
}
