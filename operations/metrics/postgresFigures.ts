import type { Host } from "../../host/host";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { FIGURES_QUERY, type ServerFigures } from "../../rules/database/serverFigures";
import { askServer } from "../../targets/dockerHost/databaseServer";
import type { Instruments } from "./instruments";

const OF_POSTGRES = [
  ...(["postgresConnections", "postgresConnectionsMax"] as const),
  ...(["postgresDatabase", "postgresTransactions"] as const),
];
/** What {@link tellPostgres} tells. */
export const TOLD_OF_POSTGRES = ["postgresUp", ...OF_POSTGRES] as const;

/**
 * Tells of the stack's own database server, asked inside of its container.
 *
 * @throws Error where that could not be asked: then nothing is known, which is not the same as down.
 */
export async function tellPostgres(host: Host, prefix: string, told: Instruments): Promise<void> {
  told.forget(...OF_POSTGRES);
  const engine = await host.engine();
  const answer = await askServer(engine, postgresContainerName(prefix), `${FIGURES_QUERY};`);
  told.postgresUp.set(answer === null ? 0 : 1);
  if (answer === null) return;
  const figures = JSON.parse(answer) as ServerFigures;
  told.postgresConnections.set(figures.connections);
  told.postgresConnectionsMax.set(figures.most);
  for (const [database, { bytes, commits, rollbacks }] of Object.entries(figures.databases)) {
    told.postgresDatabase.set({ database }, bytes);
    told.postgresTransactions.inc({ database, end: "commit" }, commits);
    told.postgresTransactions.inc({ database, end: "rollback" }, rollbacks);
  }
}
