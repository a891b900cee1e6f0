import * as pulumi from "@pulumi/pulumi";
import { checkSchema, formatPath } from "../config/checkSchema";
import { ConfigError } from "../config/configError";
import { createRegistrySettings } from "../config/registrySettings";
import { distinct, object, REPOSITORY_PATH, text } from "../config/schemas/fields";
import { registrySchema } from "../config/schemas/registry";
import { createImageRegistry } from "../update/imageRegistry";

const inputsSchema = object({
  registry: registrySchema,
  repositories: distinct(
    text(
      new RegExp(`^(?=.{1,128}$)${REPOSITORY_PATH}$`),
      "must be a lower-case name such as web; without tag and leading slash",
    ),
    "must be a list of repositories",
  ),
});

/** A registry's repositories, named or made as for a stack of the engine's own. @throws ConfigError naming every mistake. */
export async function createRegistry(
  name: string,
  { registry = {}, ...inputs }: Readonly<Record<string, unknown>>,
  opts: pulumi.ComponentResourceOptions,
): Promise<pulumi.provider.ConstructResult> {
  const given = {
    registry: { namespace: pulumi.getProject(), ...(registry as object) },
    ...inputs,
  };
  const { value, issues } = checkSchema(inputsSchema, given, formatPath);
  if (value === undefined) throw new ConfigError(pulumi.getStack(), issues);
  const component = await createImageRegistry(
    name,
    {
      settings: createRegistrySettings(value.registry, false),
      repositories: value.repositories,
    },
    opts,
  );
  const { address, repositories } = component;
  return { urn: component.urn, state: { address, repositories } };
}
