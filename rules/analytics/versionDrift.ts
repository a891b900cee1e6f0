import type { VersionDrift } from "./doraText";

/** What serves on a stack. */
export interface ServingVersions {
  /** Service -> image digest. */
  readonly digests: Readonly<Record<string, string>>;
  /** Since when. ISO 8601, UTC. */
  readonly since: string;
}

/** Services whose images differ between stacks, by name; none of a single stack. */
export function findDrift(stacks: ReadonlyMap<string, ServingVersions>): VersionDrift[] {
  const services = new Set([...stacks.values()].flatMap(({ digests }) => Object.keys(digests)));
  const since =
    [...stacks.values()]
      .map((each) => each.since)
      .sort()
      .at(-1) ?? "";
  return [...services].sort().flatMap((service) => {
    const digests = Object.fromEntries(
      [...stacks].map(([stack, each]) => [stack, each.digests[service] ?? null]),
    );
    return new Set(Object.values(digests)).size > 1 ? [{ service, digests, since }] : [];
  });
}
