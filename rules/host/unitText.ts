/** A text in a unit of systemd, where that would take a part of it for one of its own words. */
export function unitText(text: string): string {
  return text.replaceAll("%", "%%");
}

/** A word of a command line, which has variables too. */
export function unitArgument(text: string): string {
  return unitQuote(text).replaceAll("$", "$$$$");
}

/** A text with blanks in it. */
export function unitQuote(text: string): string {
  return `"${unitText(text).replace(/["\\]/g, "\\$&")}"`;
}
