import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../host/host";
import type { HostDirectory } from "../host/hostDirectory";
import { readHistory } from "../host/readRevisions";
import { parseHistory, pendingRevisions } from "../release/alembicHistory";
import { LABELS } from "../release/containerLabels";
import { imageReference } from "../release/operationInput";
import type { Release } from "../release/release";

/**
 * Says in a preview which revisions a release would bring to its services' databases: what its images hold, beside
 * where the host remembers the databases to be. That an image cannot tell is a warning; the update itself will know.
 */
export async function showPendingRevisions(
  host: Host,
  directory: HostDirectory,
  prefix: string,
  desired: Release,
): Promise<void> {
  const services = Object.entries(desired.services).filter(([, { migration }]) => migration);
  if (services.length === 0) return;
  const { present } = await directory.readSchemas();
  const engine = await host.engine();
  await Promise.all(
    services.map(async ([name, service]) => {
      const [program, verb] = service.migration ?? [];
      if (program !== "alembic" || verb !== "upgrade") {
        const command = service.migration?.join(" ");
        void pulumi.log.info(`${name}: runs \`${command}\`; what is pending only that can tell`);
        return;
      }
      try {
        const labels = { [LABELS.stack]: prefix };
        const history = parseHistory(await readHistory(engine, imageReference(service), labels));
        const at = present[name]?.revisions ?? [];
        const pending = pendingRevisions(history, at).map(
          ({ revision, message }) => `${revision} (${message})`,
        );
        const from = at.join(", ") || "nothing";
        void pulumi.log.info(
          `${name}: its database is at ${from}; pending: ${pending.join(", ") || "no revision"}`,
        );
      } catch (error) {
        void pulumi.log.warn(
          `${name}: what is pending cannot be told: ${(error as Error).message}`,
        );
      }
    }),
  );
}
