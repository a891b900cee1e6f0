import type * as pulumi from "@pulumi/pulumi";
import { ImageRegistry, type ImageRegistryArgs } from "../components/imageRegistry";

/**
 * The image registry of any kind. AWS's modules are loaded only here and only for kind `ecr`: a stack without them
 * does not pay for them.
 */
export async function createImageRegistry(
  name: string,
  args: ImageRegistryArgs,
  opts: pulumi.ComponentResourceOptions = {},
): Promise<ImageRegistry> {
  const create = args.settings.manage
    ? (await import("../components/aws/ecrRepositories")).createEcrRepositories
    : null;
  return new ImageRegistry(name, args, create, opts);
}
