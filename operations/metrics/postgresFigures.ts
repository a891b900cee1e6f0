import type { Host } from "../../host/host";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { FIGURES_QUERY, type ServerFigures } from "../../rules/database/serverFigures";
import { runSql } from "../../targets/dockerHost/databaseServer";
import type { Instruments } from "./instruments";

const OF_POSTGRES = [
  ...(["postgresConnections", "postgresConnectionsMax"] as const),
  ...(["postgresDatabase", "postgresTransactions"] as const),
];
/** What {@link tellPostgres} tells. */
export const TOLD_OF_POSTGRES = ["postgresUp", ...OF_POSTGRES] as const;

/** Tells of the stack's own database server, asked inside of its container. */
export async function tellPostgres(host: Host, prefix: string, told: Instruments): Promise<void> {
  told.forget(...OF_POSTGRES);
  const engine = await host.engine();
  let figures: ServerFigures;
  try {
    const answer = await runSql(engine, postgresContainerName(prefix), `${FIGURES_QUERY};`);
    figures = JSON.parse(answer) as ServerFigures;
  } catch {
    // Why, its container's log says; that it is down is what is told.
    told.postgresUp.set(0);
    return;
  }
  told.postgresUp.set(1);
  told.postgresConnections.set(figures.connections);
  told.postgresConnectionsMax.set(figures.most);
  for (const [database, { bytes, commits, rollbacks }] of Object.entries(figures.databases)) {
    told.postgresDatabase.set({ database }, bytes);
    told.postgresTransactions.inc({ database, end: "commit" }, commits);
    told.postgresTransactions.inc({ database, end: "rollback" }, rollbacks);
  }
}
