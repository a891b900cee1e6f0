import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { good, type Examination } from "./examination";

/** Whether the names that users ask for lead anywhere. */
export const dns: Examination = {
  name: "dns",
  async look({ settings: { edge, services } }) {
    const routes = Object.values(services).flatMap(({ route }) => route.host ?? []);
    const names = [...new Set([edge.publicHost, ...routes])].filter(isName);
    if (names.length === 0) return [];
    const found = await Promise.all(
      names.map((name) =>
        lookup(name).then(
          () => null,
          (error: NodeJS.ErrnoException) => ({ name, code: error.code }),
        ),
      ),
    );
    const missing = found.filter((it) => it !== null);
    if (missing.length === 0) return good(names.join(", "));
    return missing.map(({ name, code }) => ({
      condition: "warning",
      says: `${name} has no address (${code})`,
      means: "users who ask for that name do not arrive",
      mend: `add an A record for ${name} with the host's address`,
    }));
  },
};

function isName(name: string): boolean {
  return isIP(name) === 0 && name !== "localhost" && !name.endsWith(".localhost");
}
