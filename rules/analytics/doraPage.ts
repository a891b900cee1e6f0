import type { Cost } from "./costs";
import type { DoraFigures } from "./doraFigures";
import { escapeHtml, htmlTable } from "./html";
import { FIGURE_NOTE, figureRows, type VersionDrift } from "./doraText";

const STYLE =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}" +
  "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886}" +
  "th{font-weight:600}caption{text-align:left;font-weight:700;margin:1rem 0 .3rem}";

/** The figures of stacks as one page: no script, nothing that is loaded from elsewhere. */
export function renderPage(
  stacks: ReadonlyMap<string, DoraFigures>,
  drift: readonly VersionDrift[],
  costs: ReadonlyMap<string, Cost> = new Map(),
): string {
  const tables = [...stacks].map(([stack, figures]) =>
    htmlTable(
      `${stack}, ${figures.since.slice(0, 10)} to ${figures.until.slice(0, 10)}`,
      ["Figure", "Value"],
      figureRows(figures, costs.get(stack)).map((row) => row.map(escapeHtml)),
    ),
  );
  const names = [...stacks.keys()];
  const rows = drift
    .map(({ service, digests, since }) => [
      service,
      ...names.map((name) => digests[name]?.replace(/^sha256:/, "").slice(0, 12) ?? "none"),
      since,
    ])
    .map((row) => row.map(escapeHtml));
  const differing =
    rows.length === 0
      ? []
      : [htmlTable("Services that differ", ["Service", ...names, "Since"], rows)];
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>Delivery report: ${escapeHtml(names.join(", "))}</title>`,
    `<style>${STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Delivery report</h1>`,
    ...tables,
    ...differing,
    `<p>${escapeHtml(FIGURE_NOTE)}</p>\n</main>\n</body>\n</html>\n`,
  ].join("\n");
}
