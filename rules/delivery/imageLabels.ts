import type { ImageFacts } from "./planComment";

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const REVISION = "org.opencontainers.image.revision";
const SOURCE = "org.opencontainers.image.source";

/** A commit: what else stands there cannot be compared. */
const COMMIT = /^[0-9a-f]{7,64}$/;
/** A repository's page, with nothing in it that ends a link. */
const PAGE = /^https:\/\/[\w.-]+(?::\d{1,5})?(?:\/[\w.~-]+){1,8}$/;

/** An image's facts by its size and its labels, which are somebody else's words. */
export function imageFactsOf(bytes: number, labels: Readonly<Record<string, string>>): ImageFacts {
  const { [REVISION]: revision = "", [SOURCE]: source = "" } = labels;
  const page = source.replace(/\.git$/, "").replace(/\/$/, "");
  return {
    bytes,
    revision: COMMIT.test(revision) ? revision : null,
    source: PAGE.test(page) ? page : null,
  };
}
