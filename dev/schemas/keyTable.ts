import { readFileSync } from "node:fs";
import path from "node:path";

/** What the documentation says of one key. */
export interface DocumentedKey {
  /** `edge.listen`, or `services.*.route.path` for a setting of a service. */
  readonly key: string;
  /** The cell "Default" as written. */
  readonly shownDefault: string;
  /** The cell "Is" as written. */
  readonly meaning: string;
  /** Whether the row is about this key alone. */
  readonly isAlone: boolean;
}

/** Where keys are described: file, heading of the section, and what stands before the keys of its table. */
const TABLES: readonly (readonly [file: string, heading: string, prefix: string])[] = [
  ["configuration.md", "## Stack keys", ""],
  ["configuration.md", "### `maestro:edge`", "edge."],
  ["configuration.md", "### `maestro:edge.tracing`", "edge.tracing."],
  ["certificates.md", "## Settings", "edge.tls.acme."],
  ["configuration.md", "### `maestro:registry`", "registry."],
  ["configuration.md", "### `maestro:secrets`", "secrets."],
  ["configuration.md", "### `maestro:identity`", "identity."],
  ["configuration.md", "### `maestro:notices`", "notices."],
  ["configuration.md", "### `maestro:prune`", "prune."],
  ["configuration.md", "### `maestro:doctor`", "doctor."],
  ["configuration.md", "### `maestro:rollout`", "rollout."],
  ["configuration.md", "### `maestro:rollout.watch`", "rollout.watch."],
  ["configuration.md", "### `maestro:rollout.canary`", "rollout.canary."],
  ["configuration.md", "### `maestro:rollout.shadow`", "rollout.shadow."],
  ["configuration.md", "### `maestro:gates`", "gates."],
  ["configuration.md", "### `maestro:override`", "override."],
  ["configuration.md", "### `maestro:policy`", "policy."],
  ["observability.md", "## Settings", "observability."],
  ["packages.md", "## The index", "packages."],
  ["migrations.md", "## `maestro:migrations` and `maestro:postgres`", ""],
  ["backups.md", "## `maestro:backups`", ""],
  ["configuration.md", "## Services", "services.*."],
  ["configuration.md", "### `health`", "services.*.health."],
  ["configuration.md", "### `healthGate`", "services.*.healthGate."],
  ["configuration.md", "### `slo`", "services.*.slo."],
  ["configuration.md", "### `route`", "services.*.route."],
  ["configuration.md", "### `resources`", "services.*.resources."],
  ["images.md", "## `build`", "services.*.build."],
  ["frontends.md", "## `site`", "services.*.site."],
  ["stateful.md", "## Settings", "stateful.*."],
];

/** The rows of all tables of keys below `docs/`; they are what editors show as well. */
export function readKeyTables(docs: string): DocumentedKey[] {
  return TABLES.flatMap(([file, heading, prefix]) => {
    const text = readFileSync(path.join(docs, file), "utf8");
    const rows = firstTable(text, heading);
    if (rows.length === 0) throw new Error(`docs/${file}: "${heading}" has no table of keys`);
    return rows.flatMap(([names = "", shownDefault = "", meaning = ""]) => {
      const keys = [...names.matchAll(/`(?:maestro:)?([\w.]+)`/g)].map((found) => found[1] ?? "");
      return keys.map((key) => ({
        key: `${prefix}${key}`,
        shownDefault,
        meaning,
        isAlone: keys.length === 1,
      }));
    });
  });
}

/** The cells of the first table below a heading, without its head. */
function firstTable(text: string, heading: string): string[][] {
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) return [];
  const lines = text.slice(start + heading.length + 2).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const next = lines.findIndex((line) => /^#{2,6} /.test(line));
  if (first < 0 || (next >= 0 && next < first)) return [];
  const table = lines.slice(first);
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
}

/** A row as one plain sentence or two: links and references to other places of the page are left out. */
export function describeKey({ shownDefault, meaning }: DocumentedKey): string {
  const is = plain(meaning);
  const fallback = plain(shownDefault);
  if (fallback === "") return is;
  return `${is}. ${fallback.includes("required") ? "" : "Default: "}${fallback}`;
}

function plain(cell: string): string {
  return cell
    .replace(/\s*\(\[[^\]]*\]\([^)]*\)\)/g, "")
    .replace(/[;,.]? ?(?:see )?\[below\]\([^)]*\)[;,]?/gi, "")
    .replace(/; \[docs\/[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}
