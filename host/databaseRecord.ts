import path from "node:path";
import type { DatabaseUse } from "../rules/database/databaseCatalog";
import type { Color } from "../release/release";
import type { Host } from "./host";

/** How one placement's services get into their databases. */
export interface PlacedUses {
  /** Number of the placement. */
  readonly placement: number;
  /** Service -> its way in. */
  readonly uses: Readonly<Record<string, DatabaseUse>>;
}

/** Per set: which roles of the stack's own server it uses. Names, never a password. */
export type DatabaseRecord = Partial<Readonly<Record<Color, PlacedUses>>>;

/** What the host remembers of roles; null: no set has a login of its own. */
export async function readDatabaseRecord(
  { files }: Pick<Host, "files">,
  directory: string,
): Promise<DatabaseRecord | null> {
  const file = fileIn(directory);
  const content = await files.read(file);
  if (content === null) return null;
  try {
    return JSON.parse(content.toString("utf8")) as DatabaseRecord;
  } catch {
    throw new Error(`${file}: is not JSON; remove it, the next release writes it again`);
  }
}

export function writeDatabaseRecord(
  { files }: Pick<Host, "files">,
  directory: string,
  record: DatabaseRecord,
): Promise<void> {
  return files.write(fileIn(directory), `${JSON.stringify(record)}\n`);
}

function fileIn(directory: string): string {
  return path.posix.join(directory, "records", "databases.json");
}
