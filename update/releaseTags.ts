import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings } from "../config/settings";
import { isReturn, releaseNumber, type RecordedReleases } from "../release/history";
import type { Release } from "../release/release";
import { createOperation } from "../components/hostOperation";
import type { Serving } from "../targets/target";

export interface ReleaseTagsArgs {
  readonly settings: RegistrySettings;
  readonly desired: Release;
  readonly previous: Promise<RecordedReleases>;
  /** Tags come after its switch. */
  readonly serving: Serving;
}

/**
 * Tags the images of a release that has survived its watch: `rel-<n>`, by which the registry never removes them, and
 * `stable`, which moves. Images of other registries are not ours to tag, and neither are those of a registry that another
 * stack manages.
 */
export function tagRelease(
  name: string,
  { settings, desired, previous, serving }: ReleaseTagsArgs,
): void {
  const { address, endpoint, manage } = settings;
  if (!manage) return;
  const input = pulumi.all([previous, serving.outcome]).apply(([last, outcome]) => {
    // An update that was carried out in part has not moved the traffic; then this is what serves still.
    const { id, services } = outcome?.serving ?? { ...desired, services: {} };
    const own = Object.values(services).filter(({ repository }) =>
      repository.startsWith(`${endpoint}/`),
    );
    return {
      release: id,
      tags: [`rel-${releaseNumber(last, id)}`, "stable"],
      registry: { address, endpoint },
      images: Object.fromEntries(
        own.map(({ repository, digest }) => [repository.slice(endpoint.length + 1), digest]),
      ),
      isReturn: isReturn(last, id),
    };
  });
  createOperation(name, "tagRelease", input, { parent: serving.release });
}
