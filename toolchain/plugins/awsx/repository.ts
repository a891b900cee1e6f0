import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { Repository } from "@pulumi/aws/ecr/repository";
import * as pulumi from "@pulumi/pulumi";
import type { ConstructResult } from "@pulumi/pulumi/provider";
import { lifecyclePolicyText, type LifecycleRule } from "./lifecycleRules";

const TYPE = "awsx:ecr:Repository";

/** What the official component takes beside what it passes on to the repository. */
interface LifecyclePolicyInputs {
  readonly skip?: boolean;
  readonly rules?: pulumi.Input<readonly LifecycleRule[]>;
}

class RepositoryComponent extends pulumi.ComponentResource {
  readonly repository: Repository;
  readonly lifecyclePolicy: LifecyclePolicy | undefined;

  constructor(name: string, inputs: pulumi.Inputs, opts: pulumi.ComponentResourceOptions) {
    super(TYPE, name, {}, opts);
    const { lifecyclePolicy, ...given } = inputs;
    const rules = lifecyclePolicy as LifecyclePolicyInputs | undefined;
    const child = name.toLowerCase();
    this.repository = new Repository(child, given, { parent: this });
    this.lifecyclePolicy =
      rules?.skip === true
        ? undefined
        : new LifecyclePolicy(
            child,
            {
              repository: this.repository.name,
              policy: pulumi.output(rules?.rules).apply(lifecyclePolicyText),
              // Where the repository is, not where the provider is by default.
              ...(given.region === undefined ? {} : { region: given.region as string }),
            },
            // Earlier this plugin made it beside the component. As another resource it would be put first and deleted
            // afterwards, and the repository left without any.
            { parent: this, aliases: [{ parent: pulumi.rootStackResource }] },
          );
    this.registerOutputs({ repository: this.repository, lifecyclePolicy: this.lifecyclePolicy });
  }
}

/** `awsx:ecr:Repository`: an ECR repository with a lifecycle policy. */
export function createRepository(
  name: string,
  inputs: pulumi.Inputs,
  opts: pulumi.ComponentResourceOptions,
): ConstructResult {
  const component = new RepositoryComponent(name, inputs, opts);
  const { repository, lifecyclePolicy } = component;
  return {
    urn: component.urn,
    state: { repository, lifecyclePolicy, url: repository.repositoryUrl },
  };
}
