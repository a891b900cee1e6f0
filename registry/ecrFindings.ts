import {
  DescribeImageScanFindingsCommand,
  ECRClient,
  ScanNotFoundException,
  type DescribeImageScanFindingsCommandOutput,
} from "@aws-sdk/client-ecr";
import type { EcrAddress } from "../rules/aws/ecrAddress";
import type { EcrEnhancedFinding, EcrFinding, EcrScan } from "../rules/gates/ecrScan";
import { explainAwsError } from "./awsError";
import { RegistryError } from "./registryError";

const MAX_ATTEMPTS = 5;
const TIMEOUT_MILLISECONDS = 10_000;
/** As many as ECR gives at once. */
const PAGE_LENGTH = 1000;

// The SDK would print at every start which Node it will want next year.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Asks an ECR what its scans have found. Credentials and endpoint come from where every AWS client looks for them. */
export class EcrFindings {
  private readonly client: ECRClient;

  constructor(private readonly address: EcrAddress) {
    this.client = new ECRClient({
      region: address.region,
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: {
        requestTimeout: TIMEOUT_MILLISECONDS,
        connectionTimeout: TIMEOUT_MILLISECONDS,
      },
    });
  }

  /**
   * The scan of one image, all pages of it.
   *
   * @throws RegistryError when ECR does not say.
   */
  async read(repositoryName: string, imageDigest: string): Promise<EcrScan> {
    const findings: EcrFinding[] = [];
    const enhancedFindings: EcrEnhancedFinding[] = [];
    let page: DescribeImageScanFindingsCommandOutput | undefined;
    do {
      page = await this.ask(repositoryName, imageDigest, page?.nextToken);
      if (page === undefined) return { status: null, findings: [], enhancedFindings: [] };
      findings.push(...(page.imageScanFindings?.findings ?? []));
      enhancedFindings.push(...(page.imageScanFindings?.enhancedFindings ?? []));
    } while (page.nextToken !== undefined);
    const { status, description } = page.imageScanStatus ?? {};
    const completedAt = page.imageScanFindings?.imageScanCompletedAt;
    return { status: status ?? null, description, completedAt, findings, enhancedFindings };
  }

  close(): void {
    this.client.destroy();
  }

  /** @returns undefined: it was never scanned. */
  private async ask(
    repositoryName: string,
    imageDigest: string,
    nextToken: string | undefined,
  ): Promise<DescribeImageScanFindingsCommandOutput | undefined> {
    const { accountId, region } = this.address;
    try {
      return await this.client.send(
        new DescribeImageScanFindingsCommand({
          ...{ registryId: accountId, repositoryName, imageId: { imageDigest } },
          ...{ maxResults: PAGE_LENGTH, nextToken },
        }),
      );
    } catch (error) {
      if (error instanceof ScanNotFoundException) return undefined;
      const doing = `asking ECR in ${region} for the scan of ${repositoryName}@${imageDigest}`;
      throw new RegistryError(explainAwsError(error, doing));
    }
  }
}
