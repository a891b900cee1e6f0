/** An Elastic Container Registry: every account has one in each region. */
export interface EcrAddress {
  readonly accountId: string;
  readonly region: string;
}

/** `<account>.dkr.ecr.<region>.amazonaws.com`, with `.cn` in China. */
export const ECR_ADDRESS =
  /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;

/** Account and region that a registry's address names; null: it is no address of ECR. */
export function parseEcrAddress(address: string): EcrAddress | null {
  const [, accountId, region] = ECR_ADDRESS.exec(address) ?? [];
  return accountId === undefined || region === undefined ? null : { accountId, region };
}

/** An ECR by its own address, and where images are pushed and pulled. */
export interface RegistryAddresses {
  readonly address: string;
  readonly endpoint: string;
}
