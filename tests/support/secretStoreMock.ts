import type { SecretContent } from "../../rules/serviceSecrets";
import type { SecretStore } from "../../secretStore/store";

/** Stands in for `secretStore/openStore` where a program test is about something else: every secret is there. */
export function openStore(): Promise<SecretStore> {
  const look = (version: string | null): SecretContent => ({
    version: version ?? "v1",
    keys: ["DATABASE_URL", "JWT_SECRET", "SECRET_KEY"],
    emptyKeys: [],
  });
  const refuse = () => Promise.reject(new Error("no test expects this of the store of secrets"));
  return Promise.resolve({
    nameOf: (service) => `secret ${service}`,
    look: (_service, version) => Promise.resolve(look(version)),
    read: refuse,
    list: refuse,
    write: refuse,
    restore: refuse,
    managed: () => Promise.resolve(null),
  });
}
