import type { StatefulRecord } from "../rules/stateful/statefulDecision";
import type { RecordStore } from "./recordStore";

const ROOT = "stateful";

/** Keeps what each stateful service runs as, and in which volume its data are. */
export class StatefulRecords {
  constructor(private readonly store: RecordStore) {}

  /** Null: there never was such a service. */
  read(service: string): Promise<StatefulRecord | null> {
    return this.store.read<StatefulRecord>(`${ROOT}/${service}`);
  }

  write(service: string, record: StatefulRecord): Promise<void> {
    return this.store.write(`${ROOT}/${service}`, record);
  }

  /** All that there ever were, by name. */
  async all(): Promise<Map<string, StatefulRecord>> {
    const keys = [...(await this.store.list(ROOT))].sort();
    const found = await Promise.all(
      keys.map(async (key) => [key.slice(ROOT.length + 1), await this.store.read(key)] as const),
    );
    return new Map(found.filter((each): each is [string, StatefulRecord] => each[1] !== null));
  }
}
