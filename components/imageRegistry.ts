import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings } from "../config/settings";

export interface ImageRegistryArgs {
  readonly settings: RegistrySettings;
  /** Names of the repositories under the namespace: the services with an image of their own here, and the edge's. */
  readonly repositories: readonly string[];
}

/**
 * Where the stack's images are. Kind `local` is a registry that runs already (`make up` starts one on this machine),
 * so there is nothing to create: it names the repositories, one a service, in one place. Of kind `ecr` the
 * repositories are made inside, unless they are another stack's: see `createImageRegistry`.
 */
export class ImageRegistry extends pulumi.ComponentResource {
  /** `host[:port]` that image references start with. */
  public readonly address: pulumi.Output<string>;
  /** Service name -> repository without tag or digest. */
  public readonly repositories: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    args: ImageRegistryArgs,
    createRepositories: CreateRepositories | null,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:ImageRegistry", name, {}, opts);
    const { endpoint, namespace } = args.settings;
    const repositories = Object.fromEntries(
      args.repositories.map((repository) => [repository, `${endpoint}/${namespace}/${repository}`]),
    );
    const made = [...(createRepositories?.(name, args, { parent: this }) ?? [])];
    this.address = pulumi.output(endpoint);
    // Known only once they are there.
    this.repositories = pulumi.all(made).apply(() => repositories);
    this.registerOutputs({ address: this.address, repositories: this.repositories });
  }
}

/** Makes the repositories; answers what is known when they are there. */
export type CreateRepositories = (
  name: string,
  args: ImageRegistryArgs,
  opts: pulumi.ComponentResourceOptions,
) => readonly pulumi.Output<unknown>[];
