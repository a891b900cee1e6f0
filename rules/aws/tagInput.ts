import type { RegistryAddresses } from "./ecrAddress";

/** For `tagRelease`: this release has survived its watch. */
export interface TagInput {
  readonly release: string;
  /** `rel-<n>` and `stable`. */
  readonly tags: readonly string[];
  readonly registry: RegistryAddresses;
  /** Repository under the endpoint -> digest. */
  readonly images: Readonly<Record<string, string>>;
  /** Whether the release served before: then its images are tagged already, but for those that move. */
  readonly isReturn: boolean;
}
