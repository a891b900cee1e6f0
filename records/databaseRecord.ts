import type { DatabaseUse } from "../rules/database/databaseCatalog";
import type { Color } from "../release/release";

/** How one placement's services get into their databases. */
export interface PlacedUses {
  /** Number of the placement. */
  readonly placement: number;
  /** Service -> its way in. */
  readonly uses: Readonly<Record<string, DatabaseUse>>;
}

/** Per set: which roles of the stack's own server it uses. Names, never a password. */
export type DatabaseRecord = Partial<Readonly<Record<Color, PlacedUses>>>;
