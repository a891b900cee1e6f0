import type { Host } from "../../host/host";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { readCatalog, runSql } from "../../targets/dockerHost/databaseServer";

/** What a stack's own server answers its own user. */
export async function askServer(host: Host, prefix: string, sql: string): Promise<string> {
  return runSql(await host.engine(), postgresContainerName(prefix), sql);
}

/** Names of the databases on a stack's own server. */
export async function listDatabases(host: Host, prefix: string): Promise<string[]> {
  const catalog = await readCatalog(await host.engine(), postgresContainerName(prefix));
  return catalog.databases.map(({ name }) => name);
}
