import type { Release } from "../../release/release";

/** What a stack's records say of its releases. */
export interface RecordedStack {
  /** Among the stacks of all projects: `shop-demo`. */
  readonly name: string;
  /** What its sets hold, proven or not: what serves, what waits, and what an update is just placing. */
  readonly held: readonly Release[];
  /** All that are on record, the one placed last first. */
  readonly recorded: readonly Release[];
  /** Digests of what runs beside its sets, or is about to: stateful services. */
  readonly beside: readonly string[];
  /** Ids of those that failed. */
  readonly rejected: ReadonlySet<string>;
}

/**
 * Releases whose images stay: those that sets hold, and the newest ones on record. One that failed is nothing to go back
 * to, so it takes the place of none; it stays as long as an older one does, since it may be tried again.
 *
 * @param keep how many; "all": all that are on record
 */
export function keptReleases(
  { held, recorded, rejected }: RecordedStack,
  keep: number | "all",
): readonly Release[] {
  if (keep === "all") return [...held, ...recorded];
  const kept: Release[] = [];
  let good = 0;
  for (const release of recorded) {
    if (good >= keep) break;
    kept.push(release);
    if (!rejected.has(release.id)) good += 1;
  }
  return [...held, ...kept];
}

/** Digests of all images of a stack that stay. See {@link keptReleases}. */
export function keptDigests(stack: RecordedStack, keep: number | "all"): Set<string> {
  return new Set([...digestsIn(keptReleases(stack, keep)), ...stack.beside]);
}

/** The digests of releases' images. */
export function digestsIn(releases: readonly Release[]): Set<string> {
  return new Set(
    releases.flatMap(({ services }) => Object.values(services).map(({ digest }) => digest)),
  );
}
