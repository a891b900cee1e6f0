import * as z from "zod/mini";

import { text } from "./fields";

export const CLOCK = "(?:[01]\\d|2[0-3]):[0-5]\\d";
/** A character that no terminal takes for a command. */
export const PLAIN = "[^\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]";

/** How Pulumi gives a day that stands in the YAML without quotes. */
const YAML_DAY = " 00:00:00 \\+0000 UTC";

/** `2026-12-20T18:00`, or the day alone for its start. */
export function wallTimeSchema() {
  const error = 'must be a time in quotes; such as "2026-12-20T18:00", or a day';
  const pattern = new RegExp(`^20\\d\\d-\\d\\d-\\d\\d(?:T${CLOCK}|${YAML_DAY})?$`);
  return z.pipe(
    text(pattern, error).check(z.refine(isCalendarDay, { error })),
    z.transform((value: string) => (value[10] === "T" ? value : `${value.slice(0, 10)}T00:00`)),
  );
}

function isCalendarDay(value: string): boolean {
  const day = value.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** What somebody says who lets something pass for a while. */
export const waiverFields = {
  reason: text(
    new RegExp(`^(?=.*\\S)${PLAIN}{8,300}$`, "u"),
    "must say in 8 to 300 characters why this does no harm here",
  ),
  owner: text(new RegExp(`^(?=.*\\S)${PLAIN}{2,100}$`, "u"), "must say who answers for it"),
  expires: wallTimeSchema(),
};
