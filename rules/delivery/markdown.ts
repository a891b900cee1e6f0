import { plainText } from "../plainText";

const CODE_LENGTH = 120;
const LINE_LENGTH = 500;

/** Somebody else's words as code: nothing in them is markup, and nobody is mentioned by them. */
export function code(text: string, limit = CODE_LENGTH): string {
  const plain = plainText(text, limit).replaceAll("`", "'").trim();
  return plain === "" ? "(empty)" : `\`${plain}\``;
}

/** A row of a table. Cells are Markdown; in code, too, a bar must be escaped there. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** Lines as they are, in a block whose end none of them can be. */
export function block(texts: readonly string[], language = "text"): string[] {
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .map((line) => plainText(line, LINE_LENGTH));
  const runs = lines.flatMap((line) => line.match(/~+/g) ?? []).map((run) => run.length);
  const fence = "~".repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${fence}${language}`, ...lines, fence];
}

/** What opens when a reader wants it. */
export function details(summary: string, lines: readonly string[]): string[] {
  return ["<details>", `<summary>${summary}</summary>`, "", ...lines, "", "</details>"];
}

/** `12.3 MB`, in millions of bytes as registries show them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
