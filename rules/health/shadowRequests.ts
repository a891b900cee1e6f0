import type { UserRequest } from "../../release/trafficTally";

/** How users' requests are repeated to a new set before users get it. */
export interface ShadowSettings {
  /** How many different requests of the last ten minutes are repeated at most. */
  readonly requests: number;
  /** How fast. */
  readonly perSecond: number;
  /** Share of them that may get another status than from the set that serves, in percent. */
  readonly maximumDifferentPercent: number;
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

  constructor(
    private readonly services: readonly string[],
    private readonly settings: ShadowSettings,
  ) {
    this.refused = settings.except.map((pattern) => new RegExp(pattern));
  }

  /** Requests are told in about the order in which they came. */
  see({ service, path, uri }: UserRequest): void {
    const method = path.slice(0, path.indexOf(" "));
    if (!uri?.startsWith("/") || !SAFE.test(method) || !this.services.includes(service)) return;
    if (this.refused.some((pattern) => pattern.test(uri))) return;
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

/** Whether the sets have answered otherwise, as far as that is about the releases. */
export function differs({ serving, own }: ShadowAnswers): boolean {
  return serving !== own && serving !== TOO_MANY && own !== TOO_MANY;
}

/** Why the set may not have users; null: it answers as the one that serves. */
export function judgeShadows(
  answers: readonly ShadowAnswers[],
  { maximumDifferentPercent }: ShadowSettings,
): string | null {
  const different = answers.filter(differs);
  const percent = (different.length / Math.max(1, answers.length)) * 100;
  if (percent <= maximumDifferentPercent) return null;
  const shown = different.slice(0, SHOWN).map(describe);
  const more = different.length > SHOWN ? ` and ${different.length - SHOWN} more` : "";
  return (
    `${different.length} of ${answers.length} users' requests that were repeated get another status ` +
    `(${percent.toFixed(1)} %, wanted at most ${maximumDifferentPercent} %): ${shown.join(", ")}${more}`
  );
}

/** `GET /web/items: 500, wanted 200 as now`; the query stays untold, since it may hold what is secret. */
function describe({ request: { method, uri }, serving, own }: ShadowAnswers): string {
  const told = (status: number | null) => (status === null ? "no answer" : String(status));
  return `${method} ${uri.split("?")[0]!.slice(0, 120)}: ${told(own)}, wanted ${told(serving)} as now`;
}
