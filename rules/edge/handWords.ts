import type { HandKind, HandRule } from "./byHand";

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const DOES: Readonly<Record<HandKind, string>> = {
  maintenance: "maintenance",
  pause: "new requests are held",
  blocked: "is refused",
  throttled: "is slowed",
};

/** Seconds of `90s`, `30m`, `2h` or `1d`; null: it is no duration. */
export function parseDuration(text: string): number | null {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === undefined) return null;
  return Number(number) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
}

/** `24 min`; what is longer than two of a unit is told in it. */
export function durationWords(seconds: number): string {
  const rounded = Math.ceil(seconds);
  if (rounded < 120) return `${rounded} s`;
  if (rounded < 7200) return `${Math.ceil(rounded / 60)} min`;
  if (rounded < 172_800) return `${Math.ceil(rounded / 3600)} h`;
  return `${Math.ceil(rounded / 86_400)} days`;
}

/** `198.51.100.7 is refused until 2026-11-30T04:30:00Z (24 min left), by ops: an attack`. */
export function ruleWords(rule: HandRule, secondsLeft: number): string {
  const who = rule.address === undefined ? "" : `${rule.address} `;
  const allow = rule.allow?.length ? `, except for ${rule.allow.join(", ")}` : "";
  const reason = rule.reason === undefined ? "" : `: ${rule.reason}`;
  const until = rule.until.replace(/\.\d+Z$/, "Z");
  return `${who}${DOES[rule.kind]} until ${until} (${durationWords(secondsLeft)} left)${allow}, by ${rule.by}${reason}`;
}

/** How long a rule still holds; null: it is over. */
export function secondsLeft({ until }: Pick<HandRule, "until">, now: number): number | null {
  const left = Date.parse(until) / 1000 - now;
  return left > 0 ? left : null;
}
