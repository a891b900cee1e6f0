import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings } from "../config/settings";
import { isReturn, releaseNumber, type RecordedReleases } from "../release/history";
import type { Release } from "../release/release";
import type { BlueGreenRelease } from "./blueGreenRelease";
import { createOperation } from "./hostOperation";

export interface ReleaseTagsArgs {
  readonly settings: RegistrySettings;
  readonly desired: Release;
  readonly previous: Promise<RecordedReleases>;
  /** Tags come after its switch. */
  readonly release: BlueGreenRelease;
}

/**
 * Tags the images of a release that has survived its watch: `rel-<n>`, by which the registry never removes them, and
 * `stable`, which moves. Images of other registries are not ours to tag, and neither are those of a registry that another
 * stack manages.
 */
export function tagRelease(
  name: string,
  { settings, desired, previous, release }: ReleaseTagsArgs,
): void {
  const { address, endpoint, manage } = settings;
  if (!manage) return;
  const own = Object.values(desired.services).filter(({ repository }) =>
    repository.startsWith(`${endpoint}/`),
  );
  const images = Object.fromEntries(
    own.map(({ repository, digest }) => [repository.slice(endpoint.length + 1), digest]),
  );
  const input = pulumi.all([previous, release.activeColor]).apply(([last]) => ({
    release: desired.id,
    tags: [`rel-${releaseNumber(last as RecordedReleases, desired.id)}`, "stable"],
    registry: { address, endpoint },
    images,
    isReturn: isReturn(last as RecordedReleases, desired.id),
  }));
  createOperation(name, "tagRelease", input, { parent: release });
}
