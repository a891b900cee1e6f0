import * as pulumi from "@pulumi/pulumi";
import { ownRepositories } from "../config/registrySettings";
import type { Settings } from "../config/settings";
import { parseEcrAddress } from "../rules/aws/ecrAddress";
import type { IdentityOutput } from "../release/stackOutputs";

/**
 * The stack's roles, if it has any. AWS's modules are loaded only here and only then: a stack without them does not pay
 * for them.
 */
export async function createIdentity(
  settings: Settings,
  opts: pulumi.ComponentResourceOptions = {},
): Promise<pulumi.Output<IdentityOutput | null>> {
  const { identity, registry, secrets, services } = settings;
  const ecr = parseEcrAddress(registry.address);
  if (identity === null || ecr === null) return pulumi.output(null);
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const scope = {
    prefix: `${project}-${stack}`,
    project,
    stack,
    accountId: identity.account ?? ecr.accountId,
    registry: ecr,
    repositories: ownRepositories(settings).map((name) => `${registry.namespace}/${name}`),
    pushes: registry.manage,
    readsScans: settings.gates?.scans?.source === "ecr",
    secretServices:
      secrets.kind === "aws"
        ? Object.keys(services).filter((name) => services[name]!.secrets.length > 0)
        : [],
  };
  const { DeployIdentity } = await import("../components/aws/deployIdentity");
  return new DeployIdentity("identity", { settings: identity, scope }, opts).roles;
}
