import * as pulumi from "@pulumi/pulumi";
import type { RegistrySettings } from "../config/settings";

export interface ImageRegistryArgs {
  readonly settings: RegistrySettings;
  /** Services with an image of their own here. */
  readonly services: readonly string[];
}

/**
 * Where the stack's images are. Kind `local` is a registry that runs already (`make up` starts one on this machine),
 * so there is nothing to create: it names the repositories, one a service, in one place.
 *
 * @example
 * new ImageRegistry("images", { settings: { kind: "local", address: "localhost:5000", namespace: "maestro" }, services: ["web"] })
 *   .repositories; // { web: "localhost:5000/maestro/web" }
 */
export class ImageRegistry extends pulumi.ComponentResource {
  /** `host[:port]` that image references start with. */
  public readonly address: pulumi.Output<string>;
  /** Service name -> repository without tag or digest. */
  public readonly repositories: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ImageRegistryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:ImageRegistry", name, {}, opts);
    const { address, namespace } = args.settings;
    this.address = pulumi.output(address);
    this.repositories = pulumi.output(
      Object.fromEntries(
        args.services.map((service) => [service, `${address}/${namespace}/${service}`]),
      ),
    );
    this.registerOutputs({ address: this.address, repositories: this.repositories });
  }
}
