import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../config/configError";
import { version } from "../package.json";
import { readInputs } from "./inputs";
import { createRegistry } from "./imageRegistry";
import { createRelease } from "./release";
import { REGISTRY_TYPE, RELEASE_TYPE, SCHEMA } from "./schema";

/** Registers a component whose inputs are known. */
type Create = (
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  opts: pulumi.ComponentResourceOptions,
) => Promise<pulumi.provider.ConstructResult>;

const COMPONENTS: Readonly<Record<string, Create>> = {
  [RELEASE_TYPE]: createRelease,
  [REGISTRY_TYPE]: createRegistry,
};

const provider: pulumi.provider.Provider = {
  version,
  schema: JSON.stringify(SCHEMA),
  async construct(name, type, inputs, opts) {
    const create = COMPONENTS[type];
    if (!create) {
      const known = Object.keys(COMPONENTS).join(", ");
      throw new Error(`${name}: there is no resource ${type}; this package has ${known}`);
    }
    try {
      const known = await readInputs(name, inputs);
      return known ? await create(name, known, opts) : registerUnknown(type, name, opts);
    } catch (error) {
      // An operator can mend it: no stack trace.
      if (error instanceof ConfigError || error instanceof pulumi.RunError) {
        throw new pulumi.InputPropertiesError({ message: error.message, errors: [] });
      }
      throw error;
    }
  },
};

/** In a preview: what comes of inputs that are not known is not known either. */
function registerUnknown(
  type: string,
  name: string,
  opts: pulumi.ComponentResourceOptions,
): pulumi.provider.ConstructResult {
  const { urn } = new pulumi.ComponentResource(type, name, {}, opts);
  void pulumi.log.info(
    `${name}: its inputs are known once what they come from is made, so nothing is planned yet`,
  );
  return { urn, state: {} };
}

/** Serves programs in other languages until the engine ends this process. */
export function serve(argv: string[]): Promise<void> {
  return pulumi.provider.main(provider, argv);
}
