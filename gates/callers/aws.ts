import type { FoundCaller } from "./caller";
import { PATIENCE_SECONDS } from "./caller";

/** Who AWS says that its caller is, by the credentials of this process. Loaded only where access.yaml names an ARN. */
export async function aws(): Promise<FoundCaller> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ maxAttempts: 2 });
  try {
    const abortSignal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
    const { Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    return { identities: Arn === undefined ? {} : { aws: Arn } };
  } catch (error) {
    return { identities: {}, problem: `AWS does not say who calls: ${(error as Error).message}` };
  } finally {
    client.destroy();
  }
}
