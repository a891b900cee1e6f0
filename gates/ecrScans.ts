import { EcrFindings } from "../registry/ecrFindings";
import { parseEcrAddress, type RegistryAddresses } from "../rules/aws/ecrAddress";
import { ecrReport, findEcrScanProblem } from "../rules/gates/ecrScan";
import type { FoundReport, ScanSource } from "./scanSource";

/** The scans of the stack's ECR. */
export function ecrScans({ address, endpoint }: RegistryAddresses): ScanSource {
  const account = parseEcrAddress(address);
  if (account === null) throw new Error(`${address} is no address of ECR`);
  const ecr = new EcrFindings(account);
  return {
    async read(image, digest): Promise<FoundReport> {
      const name = `ECR's scan of ${digest.slice(0, "sha256:".length + 12)}`;
      if (!image.startsWith(`${endpoint}/`)) {
        const problem = `is not to be had: the image is not in ${endpoint}; copy it there, or use reports`;
        return { name, report: null, problem };
      }
      const scan = await ecr.read(image.slice(endpoint.length + 1).replace(/@.*$/, ""), digest);
      const problem = findEcrScanProblem(scan);
      if (problem !== null) return { name, report: null, problem };
      return { name, report: ecrReport(scan, digest, new Date()) };
    },
    close: () => ecr.close(),
  };
}
