import * as pulumi from "@pulumi/pulumi";
import * as provider from "@pulumi/pulumi/provider";
import { createRepository } from "./repository";

/** The version whose behavior this plugin stands in for. */
const VERSION = "3.9.0";

const COMPONENTS: Readonly<
  Record<
    string,
    (
      name: string,
      inputs: pulumi.Inputs,
      opts: pulumi.ComponentResourceOptions,
    ) => provider.ConstructResult
  >
> = {
  "awsx:ecr:Repository": createRepository,
};

/** Makes the components in this process, as the official plugin does: only their children reach AWS, by the aws plugin. */
class AwsxProvider implements provider.Provider {
  readonly version = VERSION;

  construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
  ): Promise<provider.ConstructResult> {
    const create = COMPONENTS[type];
    if (create === undefined) {
      throw new Error(
        `${type}: this stand-in plugin covers only ${Object.keys(COMPONENTS).join(", ")}; ` +
          "install the official plugin for others",
      );
    }
    return Promise.resolve(create(name, inputs, opts));
  }
}

void provider.main(new AwsxProvider(), process.argv.slice(2));
