import type { Settings } from "../config/settings";
import type { ManagedSecret } from "../secretStore/store";

/** Has Pulumi keep the secrets of a stack whose store has resources behind them; for any other one it does nothing. */
export async function keepSecrets(
  { secrets: { region } }: Settings,
  secrets: Readonly<Record<string, ManagedSecret>>,
): Promise<void> {
  if (Object.keys(secrets).length === 0) return;
  // Loaded only where it is used: AWS's modules cost every update their time.
  const { ServiceSecrets } = await import("../components/aws/serviceSecrets");
  new ServiceSecrets("secrets", { secrets, ...(region === undefined ? {} : { region }) });
}
