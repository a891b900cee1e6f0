/** A command of a `console` block, and what the page shows of its output. */
export interface ShownStep {
  readonly command: string;
  /** Lines of its output; `…` alone stands for any lines, at a line's end for the rest of it. */
  readonly output: readonly string[];
}

/** What is another one at each run and yet the same wherever it is named: a page's own -> that of this run. */
export type Names = ReadonlyMap<string, string>;

const PROMPT = "$ ";
const ELLIPSIS = "…";

/** Ids of releases and digests, cut or whole: each stands for one of this run's. */
const NAME = /\b(?:sha256:)?[0-9a-f]{12}(?:[0-9a-f]{52})?\b/g;

/** What differs from run to run and is nobody's name, with what all of its kind are compared as. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>"],
  [/\b(?:\d+m)?\d+(?:\.\d+)? ?s\b/g, "<duration>"],
  [/\bUp (?:\d+|About a|Less than a) (?:second|minute)s?/g, "<uptime>"],
  [/\b\d+ of \d+(?= requests)/g, "<figure>"],
  [/\b\d+(?:\.\d+)?(?= (?:%|requests?\b|MB\b|log lines))/g, "<figure>"],
  [/\bevidence [\d.]+ of [\d.]+/g, "<evidence>"],
  [/\b[\w.-]+@[\w.-]+, process \d+/g, "<owner>"],
  [/^\d+(?= events)/, "<number>"],
  // The number of an event.
  [/^ +\d+(?= {2}<time>)/, "<number>"],
];

/** The commands of a `console` block. @throws Error where it begins with output. */
export function readSteps(text: string): ShownStep[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith(PROMPT)) steps.push({ command: line.slice(PROMPT.length), output: [] });
    else if (steps.length > 0) steps.at(-1)!.output.push(line);
    else throw new Error(`a console block begins with a command, got ${JSON.stringify(line)}`);
  }
  return steps;
}

/** A page's text with this run's names in the place of the page's. */
export function withNames(text: string, names: Names): string {
  return text.replace(NAME, (name) => names.get(name) ?? name);
}

/**
 * Compares a command's output with what a page shows of it. Times, durations and figures count as equal; ids and digests
 * must be the same ones wherever they are named.
 *
 * @param names what the page's names stand for so far.
 * @returns the names with those that this output has added; null: it is not what the page shows.
 */
export function matchOutput(
  shown: readonly string[],
  real: readonly string[],
  names: Names,
): Names | null {
  const [first, ...rest] = shown;
  if (first === undefined) return real.length === 0 ? names : null;
  if (first.trim() === ELLIPSIS) {
    for (let skipped = 0; skipped <= real.length; skipped += 1) {
      const found = matchOutput(rest, real.slice(skipped), names);
      if (found) return found;
    }
    return null;
  }
  const [line, ...others] = real;
  const added = line === undefined ? null : matchLine(first, line, names);
  return added && matchOutput(rest, others, added);
}

function matchLine(shown: string, real: string, names: Names): Names | null {
  const isCut = shown.endsWith(ELLIPSIS);
  const wanted = plain(isCut ? shown.slice(0, -ELLIPSIS.length).trimEnd() : shown);
  const got = plain(real);
  if (isCut ? !got.startsWith(wanted) : got !== wanted) return null;
  const added = new Map(names);
  const ours = shown.match(NAME) ?? [];
  const theirs = real.match(NAME) ?? [];
  for (const [index, name] of ours.entries()) {
    const its = theirs[index]!;
    const known = added.get(name);
    const isTaken = known === undefined && [...added.values()].includes(its);
    if (isTaken || (known !== undefined && known !== its)) return null;
    added.set(name, its);
  }
  return added;
}

/** Replaces all names at once, whole ones alone, so that nothing is replaced twice. */
export function translate(text: string, names: ReadonlyMap<string, string>): string {
  const escaped = [...names.keys()].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w-])(?:${escaped.join("|")})(?!\\w)`, "g");
  return text.replace(pattern, (name) => names.get(name) ?? name);
}

/** A line with all that varies replaced. */
function plain(line: string): string {
  const named = line.trimEnd().replace(NAME, "<name>");
  return VARYING.reduce((text, [pattern, by]) => text.replace(pattern, by), named);
}
