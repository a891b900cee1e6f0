import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";

const created = new Map<string, Provider>();

/**
 * The AWS provider for one account and region, the same for all components of a stack. Credentials are the deployer's
 * own, from wherever AWS clients look for them, and only good for that account: another one is refused before anything
 * is made there.
 */
export function awsProvider({
  accountId,
  region,
}: {
  readonly accountId: string;
  readonly region: string;
}): Provider {
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const key = `${stack} ${accountId} ${region}`;
  const known = created.get(key);
  if (known !== undefined) return known;
  const provider = new Provider("aws", {
    region: region as never,
    allowedAccountIds: [accountId],
    defaultTags: { tags: { "maestro:stack": stack } },
  });
  created.set(key, provider);
  return provider;
}
