import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings } from "../config/settings";
import { isReturn, releaseNumber, type RecordedReleases } from "../release/history";
import type { Release } from "../release/release";
import { createOperation } from "./hostOperation";

export interface ReleaseTagsArgs {
  readonly settings: RegistrySettings;
  readonly release: Release;
  readonly previous: Promise<RecordedReleases>;
  /** Known when the switch is done: tags come after it. */
  readonly activeColor: pulumi.Output<unknown>;
}

/**
 * Tags the images of a release that has survived its watch: `rel-<n>`, by which the registry never removes them, and
 * `stable`, which moves. Comes after the switch; images of other registries are not ours to tag.
 */
export function tagRelease(
  name: string,
  { settings, release, previous, activeColor }: ReleaseTagsArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const { address, endpoint } = settings;
  const own = Object.values(release.services).filter(({ repository }) =>
    repository.startsWith(`${endpoint}/`),
  );
  const images = Object.fromEntries(
    own.map(({ repository, digest }) => [repository.slice(endpoint.length + 1), digest]),
  );
  const input = pulumi.all([previous, activeColor]).apply(([last]) => ({
    release: release.id,
    tags: [`rel-${releaseNumber(last as RecordedReleases, release.id)}`, "stable"],
    registry: { address, endpoint },
    images,
    isReturn: isReturn(last as RecordedReleases, release.id),
  }));
  createOperation(name, "tagRelease", input, opts);
}
