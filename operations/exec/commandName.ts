import { plainText } from "../../rules/plainText";

const LENGTH = 100;

/**
 * What is put on record of a command: its name. What it is told may be secret, and so may the rest of a text that was given
 * as one word, or the value of a variable.
 */
export function commandName([first = ""]: readonly string[]): string {
  return plainText(first.split(/[\s=]/)[0] ?? "", LENGTH);
}
