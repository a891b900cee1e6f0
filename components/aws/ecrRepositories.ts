import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { RepositoryPolicy } from "@pulumi/aws/ecr/repositoryPolicy";
import { Repository } from "@pulumi/awsx/ecr/repository";
import type * as pulumi from "@pulumi/pulumi";
import { parseEcrAddress } from "../../rules/aws/ecrAddress";
import { lifecyclePolicy, MOVING_TAGS, pullPolicy } from "../../rules/aws/ecrPolicies";
import { awsProvider } from "./awsProvider";
import type { ImageRegistryArgs } from "../imageRegistry";

/**
 * One ECR repository for each of a stack's images: scanned on push, encrypted, tags that cannot move but for `latest`
 * and `stable`, images without a tag gone after a week, and pulled by the own account and those named.
 *
 * Repositories are protected: they hold the only copies of what a rollback needs, so no update and no
 * `pulumi destroy` removes one before somebody has run `pulumi state unprotect`.
 */
export function createEcrRepositories(
  name: string,
  args: ImageRegistryArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<string>[] {
  const ecr = parseEcrAddress(args.settings.address)!;
  const provider = awsProvider(ecr);
  const safe = { ...opts, provider, protect: true };
  return args.repositories.map((repository) =>
    createRepository(`${name}-${repository}`, repository, args, ecr.accountId, safe),
  );
}

function createRepository(
  name: string,
  repository: string,
  { settings }: ImageRegistryArgs,
  accountId: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { namespace, kmsKey, pullAccounts } = settings;
  const made = new Repository(
    name,
    {
      name: `${namespace}/${repository}`,
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [
        kmsKey === null ? { encryptionType: "AES256" } : { encryptionType: "KMS", kmsKey },
      ],
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: MOVING_TAGS.map((filter) => ({
        filter,
        filterType: "WILDCARD",
      })),
      // Its own rules know no exceptions, and it makes the policy under the default provider, without protection.
      lifecyclePolicy: { skip: true },
    },
    { parent: opts.parent!, providers: [opts.provider!], protect: true },
  );
  // Not by the component's repository: to read that back from the state takes all of ECR's modules.
  const repositoryName = made.url.apply(() => `${namespace}/${repository}`);
  const lifecycle = new LifecyclePolicy(
    name,
    { repository: repositoryName, policy: lifecyclePolicy() },
    opts,
  );
  const access = new RepositoryPolicy(
    name,
    { repository: repositoryName, policy: pullPolicy([accountId, ...pullAccounts]) },
    opts,
  );
  return lifecycle.repository.apply(() => access.repository);
}
