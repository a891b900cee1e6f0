import type Docker from "dockerode";
import { readDelivered } from "../../host/deliveredFile";
import type { Dial } from "../../host/innerNetwork";
import { DATABASE_SECRET, hasDatabaseSecret } from "../../rules/database/databaseLogins";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import type { DeepFinding } from "../../rules/health/deepStatus";
import type { Dependencies, Dependency } from "../../rules/health/dependency";
import { containerName } from "../../rules/stepInput";
import type { Examined, PlannedLook } from "./examined";

/** What each service cannot do without, asked as the service asks it: with its secrets, and from its network. */
export function dependencyLooks(examined: Examined, engine: Docker, dial: Dial): PlannedLook[] {
  return examined.services.flatMap((service) => {
    const name = containerName(examined.prefix, examined.color, service, 0);
    const read = (secret: string) => readDelivered(engine.getContainer(name), secret);
    return Object.entries(dependenciesOf(examined, service)).map(([label, dependency]) => ({
      ...{ service, check: label },
      look: async () => {
        const { lookAtDependency } = await import("../../checks/dependencies/lookAtDependency");
        return withOwnServer(examined, await lookAtDependency(dependency, dial, read));
      },
    }));
  });
}

/** Of the stack's own database server the command is known that starts it. */
function withOwnServer({ prefix }: Examined, found: DeepFinding): DeepFinding {
  const server = postgresContainerName(prefix);
  const isGone = found.condition === "bad" && found.says.includes(`${server}:`);
  return isGone && found.says.includes("cannot be reached")
    ? { ...found, mend: `docker start ${server}; \`maestro doctor\` says more` }
    : found;
}

/** Those that are named, and the database of a service that has the address of one. */
function dependenciesOf({ settings, record }: Examined, service: string): Dependencies {
  const named = settings.dependencies[service] ?? {};
  const isNamed = Object.values(named).some(
    (each) => each.kind === "postgres" && each.url === DATABASE_SECRET,
  );
  const database: Dependency = { kind: "postgres", url: DATABASE_SECRET };
  return hasDatabaseSecret(record.services[service]!) && !isNamed ? { database, ...named } : named;
}
