import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import type { EcrAddress } from "../rules/aws/ecrAddress";
import { explainAwsError } from "./awsError";
import { RegistryError } from "./registryError";

const MAX_ATTEMPTS = 5;
const TIMEOUT_MILLISECONDS = 10_000;

// The SDK would print at every start which Node it will want next year.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/**
 * ECR's authorization token, as AWS gives it. Credentials and endpoint come from where every AWS client looks for them.
 *
 * @throws RegistryError
 */
export async function readEcrToken({ accountId, region }: EcrAddress): Promise<string> {
  const client = new ECRClient({
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      requestTimeout: TIMEOUT_MILLISECONDS,
      connectionTimeout: TIMEOUT_MILLISECONDS,
    },
  });
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    return authorizationData?.[0]?.authorizationToken ?? "";
  } catch (error) {
    const doing = `logging in to the registry of account ${accountId} in ${region}`;
    throw new RegistryError(explainAwsError(error, doing));
  } finally {
    client.destroy();
  }
}
