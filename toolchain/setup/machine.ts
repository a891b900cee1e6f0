import { ensureDocker } from "./docker";
import { ensurePulumi } from "./pulumi";
import { ensurePlugins } from "./plugins";
import { ensureRegistry, pushBaseImage } from "./registry";
import { step } from "./step";

/** What a machine offers once it is set up. */
export interface Machine {
  /** The edge's image, pinned by digest. */
  readonly nginxImage: string;
}

/**
 * Gets a machine ready for `pulumi up`: each step does nothing where there is nothing to do.
 *
 * @param address where the local registry is to be.
 * @default localhost:5000
 */
export async function setUpMachine(address?: string): Promise<Machine> {
  await step("Docker Engine", ensureDocker);
  await step("Pulumi", async (say) => {
    const { detail } = await ensurePulumi(say);
    say(detail);
  });
  await step("Pulumi plugins", async (say) => {
    const plugins = await ensurePlugins(say);
    say(plugins.map(({ name, version, source }) => `${name} ${version} (${source})`).join(", "));
  });
  await step("image registry", (say) => ensureRegistry(address ? { address } : {}, say));
  const nginxImage = await step("edge image", (say) => pushBaseImage("nginx", address, say));
  return { nginxImage };
}
