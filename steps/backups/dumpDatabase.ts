import type { Host } from "../../host/host";
import { DUMP_SHELL, DUMP_SQL, dumpExitCode, parseRows } from "../../rules/backups/databaseScripts";
import type { BackupPart, RowCounts } from "../../rules/backups/manifest";
import type { UseWithPassword } from "../databases/uses";
import type { BackupStore } from "./backupStore";
import { runClient } from "./databaseClient";
import { writePart } from "./storedParts";

/** Where a dump goes. */
export interface DumpTarget {
  readonly store: BackupStore;
  readonly file: string;
  readonly recipients: readonly string[];
}

/**
 * Dumps a database into the store while it flows, and counts its rows in the snapshot that is dumped.
 *
 * @throws Error when it did not end well; what was stored then has no manifest and is nothing.
 */
export async function dumpDatabase(
  host: Host,
  prefix: string,
  use: UseWithPassword,
  { store, file, recipients }: DumpTarget,
): Promise<BackupPart & { readonly rows: RowCounts }> {
  let part: BackupPart | null = null;
  const { exitCode, stderr } = await runClient(await host.engine(), prefix, use, {
    script: DUMP_SHELL,
    database: use.database,
    input: [DUMP_SQL],
    read: async (stdout) => {
      part = await writePart(store, file, stdout, recipients);
    },
  });
  if (exitCode !== 0 || dumpExitCode(stderr) !== 0 || part === null) {
    throw new Error(`database ${use.database}: it cannot be dumped: ${stderr.slice(-2_000)}`);
  }
  return { ...(part as BackupPart), rows: parseRows(stderr) };
}
