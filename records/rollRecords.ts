import type { RollRecord } from "../release/rolling";
import type { RecordStore } from "./recordStore";

const ROLL = "roll";

/** The release whose services are moved one after the other: written before the first one moves, gone when all have. */
export class RollRecords {
  constructor(private readonly store: RecordStore) {}

  /** Null: no service is on its way. */
  read(): Promise<RollRecord | null> {
    return this.store.read<RollRecord>(ROLL);
  }

  write(record: RollRecord): Promise<void> {
    return this.store.write(ROLL, record);
  }

  forget(): Promise<void> {
    return this.store.remove(ROLL);
  }
}
