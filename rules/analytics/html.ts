const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it is, in HTML's content and between its quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => NAMES[character]!);
}

/** A table whose first column names its rows. Cells are HTML, all else is text. */
export function htmlTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("");
  const body = rows.map(([first = "", ...rest]) => {
    const cells = rest.map((cell) => `<td>${cell}</td>`).join("");
    return `<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  return [
    `<table>\n<caption>${escapeHtml(caption)}</caption>`,
    `<thead><tr>${heads}</tr></thead>`,
    `<tbody>\n${body.join("\n")}\n</tbody>\n</table>`,
  ].join("\n");
}

/** A moment, ISO 8601 in UTC, as a person reads it. */
export function htmlTime(at: string): string {
  const shown = at.replace("T", " ").replace(/\.\d+Z$/, "Z");
  return `<time datetime="${escapeHtml(at)}">${escapeHtml(shown)}</time>`;
}
