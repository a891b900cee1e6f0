import { isIPv4, isIPv6 } from "node:net";

/** What an operator may have the edge do with requests until a moment, whatever release serves. */
export type HandKind = "maintenance" | "pause" | "blocked" | "throttled";

/** A rule by hand, as it is on record. The edge itself ends it: see {@link slotsUntil}. */
export interface HandRule {
  readonly kind: HandKind;
  /** The client that it is about; left out: it is about all. */
  readonly address?: string;
  /** Clients that get the services all the same, while there is maintenance. */
  readonly allow?: readonly string[];
  /** What clients are told to wait, while there is maintenance. */
  readonly retryAfterSeconds?: number;
  /** When it ends by the host's clock, ISO 8601, UTC. */
  readonly until: string;
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
}

/** Bounds of a rule's length, and what it is where nobody says. */
export interface HandLength {
  readonly least: number;
  readonly most: number;
  readonly usual: string;
}

const DAY_SECONDS = 86_400;

/** In seconds. A request that is held for more than a minute is given up by most clients and balancers. */
export const HAND_LENGTHS: Readonly<Record<HandKind, HandLength>> = {
  maintenance: { least: 10, most: 7 * DAY_SECONDS, usual: "30m" },
  pause: { least: 1, most: 60, usual: "10s" },
  blocked: { least: 10, most: 30 * DAY_SECONDS, usual: "1h" },
  throttled: { least: 10, most: 30 * DAY_SECONDS, usual: "1h" },
};

/** What clients can be told to wait, in seconds: nginx takes a number from no file, so there is a file for each. */
export const RETRY_AFTER_SECONDS = [10, 60, 300, 3600] as const;
export const DEFAULT_RETRY_AFTER_SECONDS = 60;

/** How many last digits of Unix time a slot may leave out: from one second to 28 hours. */
export const SLOT_LEVELS = [0, 1, 2, 3, 4, 5] as const;

/**
 * The names of files by which nginx knows, without a clock of anybody else's, that a rule holds: stretches of time by the
 * first digits of their Unix time, as `176447550` for ten seconds. Together they reach from now to the end and not a second
 * beyond, so a rule ends although whoever made it is dead, and however often the host is started.
 *
 * @param from Unix time in seconds; what lies before it may be covered too.
 */
export function slotsUntil(from: number, until: number): string[] {
  const slots: string[] = [];
  for (let at = from; at < until;) {
    const level = [...SLOT_LEVELS].reverse().find((each) => endOf(at, each) <= until)!;
    slots.push(String(Math.floor(at / 10 ** level)));
    at = endOf(at, level);
  }
  return slots;
}

function endOf(at: number, level: number): number {
  return (Math.floor(at / 10 ** level) + 1) * 10 ** level;
}

/** Files of a rule below the edge's `hand` directory. */
export function markersOf({ kind, address }: Pick<HandRule, "kind" | "address">): {
  readonly directory: string;
  readonly prefix: string;
} {
  return { directory: kind, prefix: address === undefined ? "" : `${address}-` };
}

/** The record's key of a rule, and so what may be there once. */
export function handKey({ kind, address }: Pick<HandRule, "kind" | "address">): string {
  return address === undefined ? kind : `${kind}-${address}`;
}

/**
 * A client's address as nginx writes it: its file has that name.
 *
 * @param where what messages call it.
 * @throws Error where it is none, or a range.
 */
export function clientAddress(text: string, where: string): string {
  const wrong = (is: string, todo: string) =>
    new Error(`${where}: ${is}, got ${JSON.stringify(text)}; ${todo}`);
  if (/^[^/]+\/\d+$/.test(text)) {
    throw wrong(
      "must be one address, not a range",
      "the edge finds a client by a file of its address; ranges are for a firewall",
    );
  }
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes("%")) {
    throw wrong("must be an IPv4 or IPv6 address", "the edge's access log names clients so");
  }
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  // `::1`, `::ffff:198.51.100.7`: nginx writes these in other ways, and no client comes from one.
  if (canonical.startsWith("::") && canonical.split(":").length <= 5) {
    throw wrong("must be an address that clients come from", "write an IPv4 address as one");
  }
  return canonical;
}
