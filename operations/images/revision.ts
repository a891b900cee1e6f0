import { askGit } from "../../config/git";

const SHA_DIGITS = 12;

/** The commit that images are built from. */
export interface Revision {
  readonly sha: string;
  /** Whether the source directory differs from that commit. */
  readonly dirty: boolean;
}

/**
 * Reads the commit of a directory; undefined outside a git work tree.
 *
 * @param warn hears why git does not say which commit it is.
 */
export function readRevision(
  directory: string,
  warn: (text: string) => void,
): Revision | undefined {
  const head = askGit(directory, ["rev-parse", `--short=${SHA_DIGITS}`, "HEAD"]);
  const status = askGit(directory, ["status", "--porcelain", "--", "."]);
  if ("problem" in head || "problem" in status) {
    const { problem } = "problem" in head ? head : (status as { problem: string });
    warn(`the images' tags say \`nogit\` in place of a commit: ${problem}`);
    return undefined;
  }
  if (head.output === null || status.output === null) return undefined;
  return { sha: head.output, dirty: status.output !== "" };
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
