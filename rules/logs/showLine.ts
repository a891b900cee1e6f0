import { stripVTControlCharacters } from "node:util";
import { plainText } from "../plainText";
import type { LogLine } from "./logLine";

/** So many characters of a line are shown; `--json` has all of them. */
const SHOWN_LENGTH = 10_000;
/** Colors of ANSI terminals that are seen on light and on dark. */
const COLORS = [36, 33, 35, 32, 34, 31];

/** Shows lines to people: each service has a color and all texts begin below each other. */
export class LineWriter {
  private readonly colors = new Map<string, number>();
  private width = 0;

  /** @param isColored whether the reader's terminal shows colors. */
  constructor(private readonly isColored: boolean) {}

  /** `19:47:17.532 green web-0   GET / 200` */
  show({ at, set, service, replica, text }: LogLine): string {
    const label = `${set ?? "both"} ${service}-${replica}`;
    this.width = Math.max(this.width, label.length);
    const begin = `${at.slice(11, 23)} ${label.padEnd(this.width)}`;
    // A service's own colors and cursor movements would run into the lines of others.
    const said = plainText(stripVTControlCharacters(text), SHOWN_LENGTH);
    return `${this.paint(service, begin)}  ${said}`;
  }

  private paint(service: string, text: string): string {
    if (!this.isColored) return text;
    const color = this.colors.get(service) ?? COLORS[this.colors.size % COLORS.length]!;
    this.colors.set(service, color);
    return `\u001b[${color}m${text}\u001b[39m`;
  }
}

/** A line for programs, as JSON. */
export function lineAsJson({ at, set, service, replica, stream, text }: LogLine): string {
  return JSON.stringify({ at, set, service, replica, stream, text });
}
