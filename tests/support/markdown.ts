import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import MarkdownIt from "markdown-it";
import { packageRoot } from "../../config/project";

/** A fenced block of a page. */
export interface FencedBlock {
  /** Path of the page, relative to the repository. */
  readonly page: string;
  /** The heading that it stands under. */
  readonly heading: string;
  /** What stands behind the fence: `sh`, `console`, `yaml`; empty where nothing does. */
  readonly language: string;
  /** What follows that; `fails`: the block's last command is meant to. */
  readonly meta: string;
  /** Its lines without the fence. */
  readonly text: string;
}

/** What a page has, as far as it can be run or compared. */
export interface Page {
  readonly blocks: readonly FencedBlock[];
  /** Words of the text that are set as code, those in tables too. */
  readonly code: readonly string[];
}

/** Folders whose pages are for whoever uses the program or works on it. */
const FOLDERS = ["", "docs", "docs/decisions"];
/** It tells what versions have changed, with names of their time. */
const HISTORY = "CHANGELOG.md";

const parser = new MarkdownIt();

/** Paths of all guides, relative to the repository. */
export function guidePages(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(packageRoot(), folder))
      .filter((name) => name.endsWith(".md") && name !== HISTORY)
      .map((name) => path.posix.join(folder, name)),
  );
}

/** Reads a page. @param page path relative to the repository. */
export function readPage(page: string): Page {
  const tokens = parser.parse(readFileSync(path.join(packageRoot(), page), "utf8"), {});
  let heading = "";
  const blocks: FencedBlock[] = [];
  const code: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open") heading = tokens[index + 1]?.content ?? "";
    if (token.type === "fence") {
      const [language = "", meta = ""] = token.info.trim().split(/\s+/);
      blocks.push({ page, heading, language, meta, text: token.content });
    }
    for (const child of token.children ?? []) {
      if (child.type === "code_inline") code.push(child.content);
    }
  }
  return { blocks, code };
}

/** What stands under one heading of a page, in the order of the page. @throws Error where there is nothing. */
export function blocksUnder(page: string, heading: string): FencedBlock[] {
  const found = readPage(page).blocks.filter((block) => block.heading === heading);
  if (found.length === 0)
    throw new Error(`${page}: no fenced block under ${JSON.stringify(heading)}`);
  return found;
}
