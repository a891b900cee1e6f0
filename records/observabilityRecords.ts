import type { RecordStore } from "./recordStore";

/** What watches the stack, as it was last to be. */
export interface ObservabilityRecord {
  /** Of the last try; see `WantedObservability`. */
  readonly number: number;
  /** Of the plan that was carried out; null: it was not, or not to its end. */
  readonly hash: string | null;
  /** Variable -> fingerprint of the value that was delivered, for addresses and keys of channels. */
  readonly secrets: Readonly<Record<string, string>>;
}

const KEY = "observability";

/** Keeps how far the observability stack is what it is to be. */
export class ObservabilityRecords {
  constructor(private readonly store: RecordStore) {}

  /** Null: the stack has none, or has never had one. */
  read(): Promise<ObservabilityRecord | null> {
    return this.store.read<ObservabilityRecord>(KEY);
  }

  write(record: ObservabilityRecord): Promise<void> {
    return this.store.write(KEY, record);
  }
}
