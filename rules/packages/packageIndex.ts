/** A package index as a stack's configuration names it. */
export interface PackageIndexNames {
  readonly kind: "index" | "nexus";
  readonly url: string;
  readonly hosted: string;
  readonly group: string;
  readonly indexUrl?: string | undefined;
  readonly uploadUrl?: string | undefined;
}

/** Where clients install from: `.../simple`, as pip's `index-url` has it. */
export function indexUrlOf(index: PackageIndexNames): string {
  const repository = index.kind === "nexus" ? index.group : index.hosted;
  return trim(index.indexUrl ?? `${trim(index.url)}/repository/${repository}/simple`);
}

/** Where the packages published here are listed: a group also lists what others publish. */
export function hostedIndexUrlOf(index: PackageIndexNames): string {
  return trim(index.indexUrl ?? `${trim(index.url)}/repository/${index.hosted}/simple`);
}

/** Where twine uploads to. */
export function uploadUrlOf(index: PackageIndexNames): string {
  return `${trim(index.uploadUrl ?? `${trim(index.url)}/repository/${index.hosted}`)}/`;
}

/** A file that an index offers. */
export interface IndexFile {
  readonly name: string;
  readonly url: string;
  /** From the link's fragment; null: the index does not say. */
  readonly sha256: string | null;
}

/** The files on a project's page of a simple index (PEP 503). */
export function parseSimplePage(html: string, pageUrl: string): IndexFile[] {
  return [...html.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi)].map(
    ([, href = "", name = ""]) => {
      const url = new URL(href.replaceAll("&amp;", "&"), pageUrl);
      const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1] ?? null;
      url.hash = "";
      return { name: name.trim(), url: url.toString(), sha256 };
    },
  );
}

/** What publishing a built wheel comes to. */
export type PublishVerdict = "upload" | "present" | "differs";

/** Compares a built wheel with what the index has under the same file name. */
export function publishVerdict(
  wheel: { readonly file: string; readonly sha256: string },
  files: readonly IndexFile[],
): PublishVerdict {
  const found = files.find(({ name }) => name === wheel.file);
  if (!found) return "upload";
  return found.sha256 === wheel.sha256 ? "present" : "differs";
}

function trim(url: string): string {
  return url.replace(/\/+$/, "");
}
