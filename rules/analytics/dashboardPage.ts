import { createHash } from "node:crypto";
import { describeRate, FIGURE_NOTE, figureRows, type VersionDrift } from "./doraText";
import { COMPARE_SCRIPT, PAGE_STYLE } from "./dashboardAssets";
import { renderConsents, renderGates } from "./gateSection";
import { escapeHtml as text, htmlTable, htmlTime as time } from "./html";
import { timelineOf, type ShownSet, type StackPage, type TimelineEntry } from "./pageFacts";

/** What is drawn for a stack: SVG, and what it shows for who cannot see it. */
export interface Chart {
  readonly svg: string;
  readonly label: string;
}

/** A page of all that a reader wants to know of stacks and their releases. */
export interface Dashboard {
  readonly stacks: readonly StackPage[];
  readonly drift: readonly VersionDrift[];
  /** Stack -> its charts. */
  readonly charts: ReadonlyMap<string, readonly Chart[]>;
  readonly madeAt: Date;
}

/** Policy by which a browser runs this page's own script and loads nothing from anywhere. */
export function pagePolicy(): string {
  const hash = createHash("sha256").update(COMPARE_SCRIPT).digest("base64");
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** The whole page: one file that needs no server and loads nothing. */
export function renderDashboard({ stacks, drift, charts, madeAt }: Dashboard): string {
  const names = stacks.map(({ stack }) => stack);
  const links = names.map((name) => `<a href="#stack-${text(name)}">${text(name)}</a>`);
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${text(pagePolicy())}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${text(names.join(", "))}: releases</title>\n<style>${PAGE_STYLE}</style>\n</head>\n<body>`,
    `<header><h1>Releases</h1><nav aria-label="Stacks">${links.join(" ")}</nav>`,
    `<p>As of ${time(madeAt.toISOString())}</p></header>\n<main>`,
    ...(drift.length > 0 ? [renderDrift(names, drift)] : []),
    ...stacks.map((stack) => renderStack(stack, charts.get(stack.stack) ?? [])),
    `<p class="note">${text(FIGURE_NOTE)}</p>\n</main>\n<script>${COMPARE_SCRIPT}</script>\n</body>\n</html>\n`,
  ].join("\n");
}

function renderDrift(names: readonly string[], drift: readonly VersionDrift[]): string {
  const rows = drift.map(({ service, digests, since }) => [
    text(service),
    ...names.map((name) => digestCell(digests[name] ?? null)),
    time(since),
  ]);
  return `<section><h2>Between stacks</h2>\n${htmlTable("Services that differ", ["Service", ...names, "Since"], rows)}</section>`;
}

function renderStack(page: StackPage, charts: readonly Chart[]): string {
  const { stack, url, figures } = page;
  const name = text(stack);
  const address = url === null ? "" : `<p>Users reach it at <code>${text(url)}</code></p>`;
  const rows = figureRows(figures).map((row) => row.map(text));
  return [
    `<section id="stack-${name}" aria-labelledby="title-${name}">`,
    `<h2 id="title-${name}">${name}</h2>\n${address}`,
    htmlTable("Sets", ["Set", "Is", "Release"], page.sets.map(setRow)),
    ...renderGates(page),
    ...charts.map(
      ({ svg, label }) => `<figure role="img" aria-label="${text(label)}">${svg}</figure>`,
    ),
    htmlTable(
      `Figures, ${figures.since.slice(0, 10)} to ${figures.until.slice(0, 10)}`,
      ["Figure", "Value"],
      rows,
    ),
    renderCompare(page),
    ...renderConsents(page),
    htmlTable(
      `Timeline, change fail rate ${describeRate(figures.failRate)}`,
      ["When", "What", "Release", "Verdict", "By", "Commit", "Why"],
      timelineOf(page).map(timelineRow),
    ),
    "</section>",
  ].join("\n");
}

function setRow({ color, isActive, release, isProven }: ShownSet): string[] {
  const holds = release === null ? "empty" : `<code>${text(release)}</code>`;
  const role = isActive ? "serves" : "waits";
  return [text(color), role, `${holds}${release !== null && !isProven ? " (not proven)" : ""}`];
}

function timelineRow({
  at,
  what,
  tone,
  release,
  verdict,
  by,
  commit,
  why,
}: TimelineEntry): string[] {
  return [
    time(at),
    `<span class="${tone}">${text(what)}</span>`,
    release === null ? "" : `<code>${text(release)}</code>`,
    text(verdict ?? ""),
    text(by),
    commit === null ? "" : `<code>${text(commit.slice(0, 12))}</code>`,
    text(why ?? ""),
  ];
}

/** Two releases to choose, beside what their comparison needs; the page's script fills the table. */
function renderCompare({ stack, releases }: StackPage): string {
  const ids = Object.keys(releases);
  if (ids.length < 2) return "";
  const name = text(stack);
  const select = (which: string, chosen: string) => {
    const options = ids.map(
      (id) => `<option${id === chosen ? " selected" : ""}>${text(id)}</option>`,
    );
    return `<label>${which} <select data-side="${which}">${options.join("")}</select></label>`;
  };
  // In a script element only `<` could end it early.
  const data = JSON.stringify(releases).replaceAll("<", "\\u003c");
  return [
    `<div class="compare" data-stack="${name}">\n<h3>Two releases</h3>`,
    `${select("before", ids[1]!)} ${select("after", ids[0]!)}`,
    `<script type="application/json">${data}</script>`,
    `<div aria-live="polite" class="differences"></div>\n</div>`,
  ].join("\n");
}

function digestCell(digest: string | null): string {
  return digest === null
    ? "none"
    : `<code>${text(digest.replace(/^sha256:/, "").slice(0, 12))}</code>`;
}
