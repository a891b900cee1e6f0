import type { SecretsSettings } from "../rules/serviceSecrets";
import type { SecretStore } from "./store";

/** Which stack's secrets. */
export interface StoreOptions {
  readonly secrets: SecretsSettings;
  /** `maestro`. */
  readonly project: string;
  readonly stack: string;
  /** The project's directory. */
  readonly root: string;
  /** Versions of a service's secrets that some release on the host still needs: those are kept. */
  readonly needed?: (service: string) => Promise<readonly string[]>;
}

/** Opens the stack's store of secrets. Each kind's module is loaded only where it is used: loading costs time. */
export async function openStore(options: StoreOptions): Promise<SecretStore> {
  const { secrets, project, stack, root, needed } = options;
  if (secrets.kind === "aws") {
    const { AwsStore } = await import("./awsStore");
    return new AwsStore(project, stack, secrets.region);
  }
  const { LocalStore } = await import("./localStore");
  return new LocalStore(root, stack, needed);
}
