import type { ParsedStack } from "./schemas/stack";
import type { IdentitySettings } from "./settings";

/** Fills in what a checked `maestro:identity` leaves out. */
export function createIdentitySettings(
  { github, oidcProvider, account }: NonNullable<ParsedStack["identity"]>,
  stackName: string,
): IdentitySettings {
  const environment = github.environment ?? stackName;
  return {
    repository: github.repository,
    environment,
    previewEnvironment: github.previewEnvironment ?? `${environment}-preview`,
    oidcProvider,
    account,
  };
}
