import execa from "execa";

const SHA_DIGITS = 12;

/** The commit that images are built from. */
export interface Revision {
  readonly sha: string;
  /** Whether the source directory differs from that commit. */
  readonly dirty: boolean;
}

/** Reads the commit of a directory; undefined outside a git work tree. */
export async function readRevision(directory: string): Promise<Revision | undefined> {
  const git = (...args: string[]) => execa("git", args, { cwd: directory, reject: false });
  const [head, status] = await Promise.all([
    git("rev-parse", `--short=${SHA_DIGITS}`, "HEAD"),
    git("status", "--porcelain", "--", "."),
  ]);
  if (head.failed || status.failed) return undefined;
  return { sha: head.stdout.trim(), dirty: status.stdout.trim() !== "" };
}

/**
 * Tag that says where an image comes from: `development-4f2a90c1d7e3`, with `-dirty` when the sources are not that
 * commit's. Outside git the content stands in for the commit.
 */
export function tagName(stack: string, revision: Revision | undefined, content: string): string {
  // A stack of Pulumi Cloud may be written `organization/project/stack`.
  const environment = stack.slice(stack.lastIndexOf("/") + 1).replace(/[^A-Za-z0-9_.-]/g, "-");
  if (!revision) return `${environment}-nogit-${content}`;
  return `${environment}-${revision.sha}${revision.dirty ? "-dirty" : ""}`;
}
