/** What `alembic upgrade --sql` prints before the statements of each revision. */
const SECTION = /^(?=-- Running upgrade )/m;

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
