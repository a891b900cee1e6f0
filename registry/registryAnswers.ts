import type { RegistryLogin } from "./ecrLogin";
import { statusOf, type RegistryAnswer } from "./registrySend";

/** By these alone a registry says that it does not have something; Harbor and Quay say the last one. */
const ABSENT = ["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"];

/** Whether a registry says that it does not have something, by its own word. */
export function saysAbsent({ body }: RegistryAnswer): boolean {
  return ABSENT.some((code) => new RegExp(`"code"\\s*:\\s*"${code}"`).test(body));
}

/** Why a registry has not done what was asked, and what to do. */
export function explainAnswer(
  answer: RegistryAnswer,
  address: string,
  login: RegistryLogin | null,
): string {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return login
      ? `it refuses the login with ${status}; log in again (\`docker login ${address}\`), or give the login the right`
      : `it wants a login (${status}); run \`docker login ${address}\``;
  }
  if (status === 404) {
    return "it answered 404 without saying what it does not have; is a registry at that address, or a proxy before it?";
  }
  if (status === 405) {
    return (
      "it does not let images be deleted (405); allow it there (`storage.delete.enabled: true` in the configuration " +
      "of a distribution registry), or remove them by its own means"
    );
  }
  return `it answered ${statusOf(answer)}; mend it there, then run it again`;
}
