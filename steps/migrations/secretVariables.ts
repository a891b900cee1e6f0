import { projectName, instanceRoot } from "../../config/project";
import { withLogin } from "../../rules/database/databaseLogins";
import type { MigrationInput } from "../../rules/stepInput";
import { openStore } from "../../secretStore/openStore";

/** The secrets that a service's containers have in plain variables: its migration has them, too. */
export async function secretVariables(
  input: MigrationInput,
  service: string,
): Promise<Record<string, string>> {
  const { secretVariables: names = [], login } = input.services[service]!;
  if (names.length === 0) return {};
  const values = withLogin(input.prefix, await storedSecrets(input, service), login);
  return Object.fromEntries(names.map((name) => [name, values[name] ?? ""]));
}

/** A service's secrets as its stack's store has them, in the version that the release names. */
export async function storedSecrets(
  { secrets, stack, services }: MigrationInput,
  service: string,
): Promise<Readonly<Record<string, string>>> {
  const version = services[service]!.secretVersion;
  if (version === null) return {};
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  return store.read(service, version);
}
