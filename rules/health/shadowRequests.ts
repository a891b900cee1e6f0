import type { UserRequest } from "../../release/trafficTally";

/** How users' requests are repeated to a new set before users get it. */
export interface ShadowSettings {
  /** How many different requests of the last ten minutes are repeated at most. */
  readonly requests: number;
  /** How fast. */
  readonly perSecond: number;
  /** Share of them that may be answered worse than by the set that serves, in percent. */
  readonly maximumWorsePercent: number;
  /** Regular expressions: a path with its query that matches one is not repeated. */
  readonly except: readonly string[];
}

/** A request to repeat. */
export interface ShadowRequest {
  readonly service: string;
  readonly method: string;
  /** Path and query, as the user wrote them. */
  readonly uri: string;
}

/** What both sets have answered; null: nothing, in the time there was. */
export interface ShadowAnswers {
  readonly request: ShadowRequest;
  readonly serving: number | null;
  readonly own: number | null;
}

/** Methods that ask for nothing but an answer (RFC 9110, 9.2.1), as far as services heed that. */
const SAFE = /^(?:GET|HEAD)$/;
/** The edge's own answer to who asks too much: it is about the asking, not about the release. */
const TOO_MANY = 429;
const SHOWN = 5;

/** Keeps the latest of users' requests that may be repeated, each once, and no more than are wanted. */
export class ShadowPicker {
  private readonly picked = new Map<string, ShadowRequest>();
  private readonly refused: readonly RegExp[];

  /**
   * @param assets folders of files whose names change with each release: pages of the new one ask for others.
   */
  constructor(
    private readonly services: readonly string[],
    private readonly settings: ShadowSettings,
    private readonly assets: readonly string[] = [],
  ) {
    this.refused = settings.except.map((pattern) => new RegExp(pattern));
  }

  /** Requests are told in about the order in which they came. */
  see({ service, path, uri }: UserRequest): void {
    const method = path.slice(0, path.indexOf(" "));
    if (!uri?.startsWith("/") || !SAFE.test(method) || !this.services.includes(service)) return;
    if (this.refused.some((pattern) => pattern.test(uri))) return;
    if (this.assets.some((folder) => uri.startsWith(folder))) return;
    const key = `${method} ${uri}`;
    this.picked.delete(key);
    this.picked.set(key, { service, method, uri });
    if (this.picked.size <= this.settings.requests) return;
    for (const oldest of this.picked.keys()) return void this.picked.delete(oldest);
  }

  /** Newest first. */
  list(): ShadowRequest[] {
    return [...this.picked.values()].reverse();
  }
}

/** Whether the new set has answered worse, as far as that is about the releases. What it mends is no fault of it. */
export function isWorse({ serving, own }: ShadowAnswers): boolean {
  return serving !== TOO_MANY && own !== TOO_MANY && badness(own) > badness(serving);
}

/** A request that failed is worse than one that was refused, and that worse than any other answer. */
function badness(status: number | null): number {
  if (status === null || status >= 500) return 2;
  return status >= 400 ? 1 : 0;
}

/** Why the set may not have users; null: it answers no worse than the one that serves. */
export function judgeShadows(
  answers: readonly ShadowAnswers[],
  { maximumWorsePercent }: ShadowSettings,
): string | null {
  const worse = answers.filter(isWorse);
  const percent = (worse.length / Math.max(1, answers.length)) * 100;
  if (percent <= maximumWorsePercent) return null;
  const shown = worse.slice(0, SHOWN).map(describe);
  const more = worse.length > SHOWN ? ` and ${worse.length - SHOWN} more` : "";
  return (
    `${worse.length} of ${answers.length} users' requests that were repeated are answered worse ` +
    `(${percent.toFixed(1)} %, wanted at most ${maximumWorsePercent} %): ${shown.join(", ")}${more}`
  );
}

/** `GET /web/items: 500, wanted 200 as now`; the query stays untold, since it may hold what is secret. */
function describe({ request: { method, uri }, serving, own }: ShadowAnswers): string {
  const told = (status: number | null) => (status === null ? "no answer" : String(status));
  return `${method} ${uri.split("?")[0]!.slice(0, 120)}: ${told(own)}, wanted ${told(serving)} as now`;
}
