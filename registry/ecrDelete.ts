import { BatchDeleteImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { EcrAddress } from "../rules/aws/ecrAddress";
import { explainAwsError } from "./awsError";
import { RegistryError } from "./registryError";

const MAX_ATTEMPTS = 5;
const TIMEOUT_MILLISECONDS = 10_000;
/** As many as ECR takes at once. */
const BATCH = 100;

// The SDK would print at every start which Node it will want next year.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/**
 * Removes images with all their tags from a repository of ECR, whose distribution API removes none. Credentials and
 * endpoint come from where every AWS client looks for them.
 *
 * @returns why some are still there, a line each.
 * @throws RegistryError
 */
export async function deleteFromEcr(
  { accountId, region }: EcrAddress,
  repositoryName: string,
  digests: readonly string[],
): Promise<string[]> {
  const requestHandler = {
    requestTimeout: TIMEOUT_MILLISECONDS,
    connectionTimeout: TIMEOUT_MILLISECONDS,
  };
  const client = new ECRClient({ region, maxAttempts: MAX_ATTEMPTS, requestHandler });
  const problems: string[] = [];
  try {
    for (let from = 0; from < digests.length; from += BATCH) {
      const imageIds = digests.slice(from, from + BATCH).map((imageDigest) => ({ imageDigest }));
      const { failures = [] } = await client.send(
        new BatchDeleteImageCommand({ registryId: accountId, repositoryName, imageIds }),
      );
      // Somebody else, or the repository's own rule, was faster.
      const others = failures.filter(({ failureCode }) => failureCode !== "ImageNotFound");
      problems.push(
        ...others.map(
          ({ imageId, failureReason }) =>
            `${repositoryName}@${imageId?.imageDigest}: ${failureReason ?? "was not removed"}`,
        ),
      );
    }
    return problems;
  } catch (error) {
    const doing = `removing images of ${repositoryName} from ECR in ${region}`;
    throw new RegistryError(explainAwsError(error, doing));
  } finally {
    client.destroy();
  }
}
