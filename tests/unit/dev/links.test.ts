import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.join(__dirname, "../../..");
const pages = ["", "docs", "docs/decisions", "bench", "examples/services"].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name)),
);

describe.each(pages)("%s", (page) => {
  const text = withoutCode(readFileSync(path.join(ROOT, page), "utf8"));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1] ?? "");
  const near = links.filter((link) => !/^[a-z]+:/.test(link));

  it("links to files and headings that are there", () => {
    expect(near.filter((link) => !isThere(page, link))).toEqual([]);
  });
});

function isThere(page: string, link: string): boolean {
  const [file = "", heading] = link.split("#");
  const target = path.join(ROOT, file === "" ? page : path.join(path.dirname(page), file));
  if (!existsSync(target)) return false;
  return heading === undefined || anchorsOf(target).includes(heading);
}

/** Headings as GitHub names them. */
function anchorsOf(file: string): string[] {
  const headings = withoutBlocks(readFileSync(file, "utf8")).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, "");
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "");
}
