import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import type { IdentitySettings } from "../../config/settings";
import {
  GITHUB_AUDIENCE,
  GITHUB_URL,
  githubTrust,
  grantPolicy,
  identityRoles,
  machineTrust,
  type IdentityRole,
  type IdentityScope,
} from "../../rules/aws/deployIdentity";
import type { IdentityOutput } from "../../release/stackOutputs";
import { awsProvider } from "./awsProvider";

export interface DeployIdentityArgs {
  readonly settings: IdentitySettings;
  readonly scope: IdentityScope;
}

/**
 * Who may run, release and preview a stack: a role each, none of which can change roles. So an administrator makes them,
 * and makes them anew when a service is added; every other update finds nothing to do here.
 */
export class DeployIdentity extends pulumi.ComponentResource {
  /** ARNs of the roles. */
  public readonly roles: pulumi.Output<IdentityOutput>;

  constructor(
    name: string,
    { settings, scope }: DeployIdentityArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("maestro:components:DeployIdentity", name, {}, opts);
    const provider = awsProvider({ accountId: scope.accountId, region: scope.registry.region });
    const childOpts = { parent: this, provider };
    const github =
      settings.oidcProvider === null
        ? createGithubProvider(name, childOpts).arn
        : pulumi.output(settings.oidcProvider);
    const { runtime, deploy, preview } = identityRoles(scope);
    const trust = (environment: string) =>
      github.apply((arn) => githubTrust(arn, { repository: settings.repository, environment }));
    this.roles = pulumi.output({
      runtime: createRole(`${name}-runtime`, runtime, machineTrust(), childOpts),
      deploy: createRole(`${name}-deploy`, deploy, trust(settings.environment), childOpts),
      preview: createRole(
        `${name}-preview`,
        preview,
        trust(settings.previewEnvironment),
        childOpts,
      ),
    });
    this.registerOutputs({ roles: this.roles });
  }
}

function createGithubProvider(name: string, opts: pulumi.CustomResourceOptions) {
  return new OpenIdConnectProvider(
    `${name}-github`,
    { url: GITHUB_URL, clientIdLists: [GITHUB_AUDIENCE] },
    // Other stacks and programs of the account use it too: it can have only one.
    { ...opts, retainOnDelete: true },
  );
}

/** Answers the role's ARN, known once the role can do its work. */
function createRole(
  name: string,
  { name: roleName, description, grants }: IdentityRole,
  assumeRolePolicy: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const role = new Role(name, { name: roleName, description, assumeRolePolicy }, opts);
  const policy = new RolePolicy(
    name,
    { name: "maestro", role: role.name, policy: grantPolicy(grants) },
    opts,
  );
  return pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
}
