/** What a terminal, or a reader's eye, takes for something else than text: control characters, line ends, text turned around. */
const NOT_PLAIN = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Somebody else's text for a line of output: it stays one line, and cannot move the cursor or hide what is beside it.
 *
 * @param limit most characters that are shown
 */
export function plainText(text: string, limit = 1000): string {
  // Not in the middle of a character: half of one is none, and some programs refuse a text that has it.
  const short =
    text.length > limit ? `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…` : text;
  return short.replace(NOT_PLAIN, (character) => (character === "\t" ? " " : "?"));
}

/** Whether a text has characters that do not belong into a line of output. */
export function isPlainText(text: string): boolean {
  return text.search(NOT_PLAIN) < 0;
}
