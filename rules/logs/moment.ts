const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * A moment of the past in Unix time, as the Engine takes it: `30s`, `10m`, `2h` or `3d` before now, or a time such as
 * `2026-09-01T12:00` (UTC unless it says its zone).
 *
 * @throws Error naming what was given and what can be.
 */
export function parseMoment(text: string, now: Date): string {
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const isTime =
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const isZoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text.slice(10));
  const given = isTime ? Date.parse(isZoned || text.length === 10 ? text : `${text}Z`) : Number.NaN;
  const at = number ? now.getTime() - Number(number) * SECONDS[unit]! * 1000 : given;
  if (!Number.isNaN(at) && at <= now.getTime()) return (at / 1000).toFixed(3);
  throw new Error(
    `--since: must be such as 30s, 10m, 2h or 3d, or a time before now such as 2026-09-01T12:00, got ${JSON.stringify(text)}`,
  );
}
