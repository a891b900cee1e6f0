import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { SecretContent } from "../rules/serviceSecrets";
import {
  describeContent,
  type ManagedSecret,
  parseSecret,
  SecretError,
  SecretMissing,
  type SecretStore,
  type SecretValues,
  type SecretVersion,
} from "./store";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** Most that Secrets Manager takes for one secret. */
const MAX_BYTES = 65_536;
const MAX_ATTEMPTS = 5;
const REQUEST_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Secrets in AWS Secrets Manager: `<project>/<stack>/<service>`, a JSON document of names and values. Versions are
 * Secrets Manager's own. Region, credentials and endpoint come from where every AWS client looks for them.
 */
export class AwsStore implements SecretStore {
  private readonly client: SecretsManagerClient;

  constructor(
    private readonly project: string,
    private readonly stack: string,
    region?: string,
  ) {
    // Which Node.js runs here is the project's business; the SDK would say so in every command's output.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    this.client = new SecretsManagerClient({
      ...(region === undefined ? {} : { region }),
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: {
        requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
        connectionTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      },
    });
  }

  nameOf(service: string): string {
    return `secret ${this.idOf(service)}`;
  }

  async look(service: string, version: string | null): Promise<SecretContent> {
    const found = await this.fetch(service, version);
    return describeContent(found.version, found.values);
  }

  async read(service: string, version: string | null): Promise<SecretValues> {
    return (await this.fetch(service, version)).values;
  }

  async list(service: string): Promise<readonly SecretVersion[]> {
    const versions = await this.call(service, null, () =>
      this.client.send(
        new ListSecretVersionIdsCommand({
          SecretId: this.idOf(service),
          IncludeDeprecated: true,
          MaxResults: 100,
        }),
      ),
    ).catch((error: unknown) => {
      if (error instanceof SecretMissing) return { Versions: [] };
      throw error;
    });
    return (versions.Versions ?? [])
      .map((version) => ({
        version: version.VersionId ?? "",
        stage: stageOf(version.VersionStages ?? []),
        createdAt: version.CreatedDate?.toISOString() ?? null,
      }))
      .sort((a, b) => rank(a) - rank(b) || (b.createdAt ?? "").localeCompare(a.createdAt ?? ""));
  }

  async write(service: string, values: SecretValues): Promise<string> {
    const text = { SecretString: JSON.stringify(values) };
    const bytes = Buffer.byteLength(text.SecretString);
    if (bytes > MAX_BYTES) {
      // AWS's own message may quote the value.
      throw new SecretError(
        `${this.nameOf(service)} would have ${bytes} bytes, AWS takes ${MAX_BYTES}; keep large files elsewhere`,
      );
    }
    // Pulumi may have made it, still without any version.
    const exists = (await this.managed(service)).arn !== null;
    const written = await this.call(service, null, () =>
      exists
        ? this.client.send(new PutSecretValueCommand({ SecretId: this.idOf(service), ...text }))
        : this.client.send(
            new CreateSecretCommand({
              Name: this.idOf(service),
              Description: this.descriptionOf(service),
              Tags: Object.entries(this.tagsOf(service)).map(([Key, Value]) => ({ Key, Value })),
              ...text,
            }),
          ),
    );
    return written.VersionId ?? "";
  }

  async restore(service: string, version: string): Promise<void> {
    const current = await this.fetch(service, null);
    if (current.version === version) return;
    await this.fetch(service, version);
    await this.call(service, version, () =>
      this.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: this.idOf(service),
          VersionStage: CURRENT,
          MoveToVersionId: version,
          RemoveFromVersionId: current.version,
        }),
      ),
    );
  }

  async managed(service: string): Promise<ManagedSecret> {
    // That it cannot be asked must not keep a rollback from working: Pulumi's state knows the secret, too.
    const found = await this.client
      .send(new DescribeSecretCommand({ SecretId: this.idOf(service) }))
      .catch(() => null);
    return {
      name: this.idOf(service),
      arn: found?.DeletedDate === undefined ? (found?.ARN ?? null) : null,
      description: this.descriptionOf(service),
      tags: this.tagsOf(service),
    };
  }

  private descriptionOf(service: string): string {
    return `Secrets of ${service}, stack ${this.stack}`;
  }

  /** By these a stack's secrets are found, and paid for. */
  private tagsOf(service: string): Record<string, string> {
    return {
      "maestro:project": this.project,
      "maestro:stack": this.stack,
      "maestro:service": service,
    };
  }

  private idOf(service: string): string {
    return `${this.project}/${this.stack}/${service}`;
  }

  private async fetch(service: string, version: string | null) {
    const which = version === null ? { VersionStage: CURRENT } : { VersionId: version };
    const found = await this.call(service, version, () =>
      this.client.send(new GetSecretValueCommand({ SecretId: this.idOf(service), ...which })),
    );
    const name = `${this.nameOf(service)} (${found.ARN})`;
    if (found.SecretString === undefined && found.SecretBinary !== undefined) {
      throw new SecretError(
        `${name} is binary; store it as text, a JSON object of names and texts, binary values in base64`,
      );
    }
    return {
      version: found.VersionId ?? "",
      values: parseSecret(name, found.SecretString ?? ""),
    };
  }

  /** @throws SecretError in the operator's words for what Secrets Manager answers. */
  private async call<T>(
    service: string,
    version: string | null,
    action: () => Promise<T>,
  ): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw explain(error as Error, this.nameOf(service), version, this.stack, service);
    }
  }
}

function stageOf(stages: readonly string[]): SecretVersion["stage"] {
  if (stages.includes(CURRENT)) return "current";
  return stages.includes(PREVIOUS) ? "previous" : null;
}

function rank({ stage }: SecretVersion): number {
  return stage === "current" ? 0 : stage === "previous" ? 1 : 2;
}

function explain(
  error: Error,
  secret: string,
  version: string | null,
  stack: string,
  service: string,
): Error {
  const which = version === null ? secret : `${secret}, version ${version},`;
  switch (error.name) {
    case "ResourceNotFoundException":
      return version === null
        ? new SecretMissing(
            `${secret} is not there; make it with \`npm run secrets -- set --stack ${stack} --service ${service} <KEY>\``,
          )
        : new SecretError(
            `${which} is not there any more; \`npm run secrets -- list --stack ${stack}\` shows the versions that are`,
          );
    case "AccessDeniedException":
      return new SecretError(
        `${which} is forbidden to this identity; allow it secretsmanager:GetSecretValue on it`,
      );
    case "InvalidRequestException":
      return new SecretError(`${which} cannot be used: ${error.message}; restore it in AWS first`);
    case "DecryptionFailure":
      return new SecretError(
        `${which} cannot be decrypted; allow this identity kms:Decrypt on its key`,
      );
    case "ExpiredTokenException":
    case "ExpiredToken":
      return new SecretError(`${which}: the AWS credentials have expired; log in again`);
    case "CredentialsProviderError":
      return new SecretError(`${which}: there are no AWS credentials; set them, or AWS_PROFILE`);
    case "ThrottlingException":
    case "TooManyRequestsException":
      return new SecretError(
        `${which}: AWS refuses, too many requests (${MAX_ATTEMPTS} attempts); run it again later`,
      );
    case "InvalidSignatureException":
    case "RequestTimeTooSkewed":
      return new SecretError(
        `${which}: AWS refuses the signature (${error.message}); check this machine's clock and the credentials`,
      );
    default:
      return new SecretError(`${which}: ${error.name}: ${error.message}`);
  }
}
