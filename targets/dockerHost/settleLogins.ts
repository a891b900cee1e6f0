import { containerState } from "../../host/engine";
import type { DatabaseRecord } from "../../records/databaseRecord";
import type { StackRecords } from "../../records/stackRecords";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { hasDatabaseSecret } from "../../rules/database/databaseLogins";
import type { DatabaseUse } from "../../rules/database/databaseCatalog";
import { settleSql } from "../../rules/database/databaseSettlement";
import type { OperationInput } from "../../rules/stepInput";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { COLORS, type Color } from "../../release/release";
import { readCatalog, runSql } from "./databaseServer";

/** Who may use the stack's databases now. */
interface InUse {
  readonly used: readonly DatabaseUse[];
  readonly serving: readonly DatabaseUse[];
}

/**
 * Takes away the logins in the stack's own server that no set uses any more: those of a release that was rejected, and
 * of the set that was replaced. A stack without such logins asks nothing.
 *
 * It never fails what it comes after: what is left is taken away by the next update.
 */
export async function settleLogins(
  host: Host,
  { prefix, directory }: Pick<OperationInput, "prefix" | "directory">,
): Promise<void> {
  try {
    const inUse = await findUses(new HostDirectory(host, directory));
    if (!inUse) return;
    const engine = await host.engine();
    const server = postgresContainerName(prefix);
    if ((await containerState(engine, server)) === null) return;
    const sql = settleSql(await readCatalog(engine, server), inUse.used, inUse.serving);
    if (sql !== "") await runSql(engine, server, sql);
  } catch (error) {
    console.log(
      `logins that no set uses any more may still be there: ${(error as Error).message}; the next update takes them away`,
    );
  }
}

/** What serves and what may serve again; null: it is not on record how one of them gets in, so nothing is touched. */
async function findUses({ records, edge }: HostDirectory): Promise<InUse | null> {
  const record = await records.readDatabases();
  if (record === null) return null;
  const active = await edge.readActiveColor();
  const used: DatabaseUse[] = [];
  const serving: DatabaseUse[] = [];
  for (const color of COLORS) {
    const uses = await usesOfSet(records, record, color, color === active);
    if (uses === null) return null;
    used.push(...uses);
    if (color === active) serving.push(...uses);
  }
  return { used, serving };
}

async function usesOfSet(
  records: StackRecords,
  record: DatabaseRecord,
  color: Color,
  isActive: boolean,
): Promise<DatabaseUse[] | null> {
  const placement = await records.readPlacement(color);
  if (!placement || !(placement.proven || isActive)) return [];
  const noted = record[color];
  if (noted?.placement === placement.number) return Object.values(noted.uses);
  const services = Object.values(placement.record.services);
  return services.some(hasDatabaseSecret) ? null : [];
}
