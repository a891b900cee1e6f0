/** What `alembic upgrade --sql` prints before the statements of each revision. */
const SECTION = /^(?=-- Running upgrade )/m;

/** What is no statement of a revision: Alembic's own transaction and its note of where the database is. */
const BOOKKEEPING =
  /^(?:BEGIN|COMMIT)$|^(?:CREATE TABLE|INSERT INTO|UPDATE|DELETE FROM) (?:\w+\.)?alembic_version\b/i;
const SHOWN_LINES = 60;
const LINE_LENGTH = 200;

/**
 * What `alembic upgrade --sql` is asked for, to bring a database at some revisions to a target. Offline mode begins at one
 * revision: of two lines, what both have before them is what neither has run.
 */
export function offlineRanges(from: readonly string[], target: string): string[] {
  return from.length === 0 ? [target] : from.map((revision) => `${revision}:${target}`);
}

/** The statements of revisions for a reader, a line or more each, and how many lines are left out at the end. */
export function shownStatements(sql: string): string[] {
  const lines = sql
    .split(/;[ \t]*$/m)
    .flatMap((part) => statementLines(part))
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)} ...` : line));
  const left = lines.length - SHOWN_LINES;
  return left > 0 ? [...lines.slice(0, SHOWN_LINES), `-- and ${left} more lines`] : lines;
}

/** One statement with the title of its revision, if it is the first one; nothing of Alembic's bookkeeping. */
function statementLines(part: string): string[] {
  const lines = part.split("\n").filter((line) => line.trim() !== "");
  const titles = lines.filter((line) => line.startsWith("--"));
  const first = lines.find((line) => !line.startsWith("--"));
  if (first === undefined || BOOKKEEPING.test(first.trim())) return titles;
  return [...lines.slice(0, -1), `${lines.at(-1)!};`];
}

/**
 * The SQL that is in each of some texts of `alembic upgrade --sql`, revision by revision: a database at several revisions
 * has run what comes before any of them.
 */
export function commonSections(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  if (others.length === 0) return first;
  const titles = others.map((text) => new Set(text.split(SECTION).slice(1).map(titleOf)));
  const [preamble = "", ...sections] = first.split(SECTION);
  const common = sections.filter((section) => titles.every((each) => each.has(titleOf(section))));
  return [preamble, ...common].join("");
}

function titleOf(section: string): string {
  return section.slice(0, section.indexOf("\n"));
}
