import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Value } from "../../rpc/values";
import type { AwsConfig, SERVICES } from "./config";

/** Long enough for a throttled account to answer: about a minute, with growing pauses. */
const DEFAULT_ATTEMPTS = 10;
const IAM_REGION = "us-east-1";

// The SDK would print at every start which Node it will want next year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** Connections to AWS under one provider configuration. */
export class Session {
  private validated: Promise<void> | undefined;

  constructor(readonly config: AwsConfig) {}

  /** Where a resource lives: its own region, else the provider's. */
  region(own: Value | undefined): string {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    const region = own || this.config.region || AWS_REGION || AWS_DEFAULT_REGION;
    if (typeof region !== "string" || region === "") {
      throw new Error("aws:region: is required; set it, or AWS_REGION in the environment");
    }
    return region;
  }

  ecr(region: Value | undefined): ECRClient {
    return new ECRClient(this.options("ecr", this.region(region)));
  }

  secretsManager(region: Value | undefined): SecretsManagerClient {
    return new SecretsManagerClient(this.options("secretsmanager", this.region(region)));
  }

  iam(): IAMClient {
    return new IAMClient(this.options("iam", this.config.region || IAM_REGION));
  }

  async identity(): Promise<{ accountId: string; arn: string; userId: string }> {
    const client = new STSClient(this.options("sts", this.region(undefined)));
    const {
      Account = "",
      Arn = "",
      UserId = "",
    } = await client.send(new GetCallerIdentityCommand());
    return { accountId: Account, arn: Arn, userId: UserId };
  }

  /** Once, before the first request: are the credentials any good, and are they for the right account? */
  ready(): Promise<void> {
    return (this.validated ??= this.validate());
  }

  private async validate(): Promise<void> {
    const { allowedAccountIds, forbiddenAccountIds, skipCredentialsValidation } = this.config;
    const isLimited = allowedAccountIds.length + forbiddenAccountIds.length > 0;
    if (skipCredentialsValidation && !isLimited) return;
    const { accountId } = await this.identity().catch((error: unknown) => {
      throw new Error(`validating the AWS credentials: ${messageOf(error)}`);
    });
    if (
      forbiddenAccountIds.includes(accountId) ||
      (allowedAccountIds.length > 0 && !allowedAccountIds.includes(accountId))
    ) {
      throw new Error(
        `AWS account ID not allowed: ${accountId}; use credentials of another account, or change aws:allowedAccountIds`,
      );
    }
  }

  private options(service: (typeof SERVICES)[number], region: string) {
    const { profile, credentials, endpoints, maxRetries } = this.config;
    const endpoint = endpoints[service];
    return {
      region,
      maxAttempts: (maxRetries ?? DEFAULT_ATTEMPTS - 1) + 1,
      ...(profile === undefined ? {} : { profile }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  }
}

/** `<kind of error>: <message>`, as AWS names it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Error" || error.message.startsWith(error.name)
    ? error.message
    : `${error.name}: ${error.message}`;
}

/** Whether AWS says that the thing asked for is not there. */
export function isNotFound(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return /NotFoundException$|^NoSuchEntity|^ResourceNotFound/.test(name);
}

/** The answer, or undefined where the thing asked for is not there. */
export async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
