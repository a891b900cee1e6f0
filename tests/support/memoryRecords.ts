/* eslint-disable @typescript-eslint/require-await -- promises are what the interface wants; memory has none to wait for */
import type { RecordStore } from "../../records/recordStore";

const NOTHING = Promise.resolve(null);

/** A stack's records in memory. Documents are held as they are given, so nobody may change one. */
export class MemoryRecords implements RecordStore {
  /** In the order of their last writing; promised already, since a model reads more than it does anything else. */
  private readonly documents = new Map<string, Promise<unknown>>();

  /** @param beforeWrite runs before anything is changed; what it throws is the end of the writer. */
  constructor(private readonly beforeWrite: (key: string) => void = () => undefined) {}

  exists(): Promise<boolean> {
    return Promise.resolve(this.documents.size > 0);
  }

  read<T>(key: string): Promise<T | null> {
    return (this.documents.get(key) as Promise<T> | undefined) ?? NOTHING;
  }

  async write(key: string, value: unknown): Promise<void> {
    this.beforeWrite(key);
    this.documents.delete(key);
    this.documents.set(key, Promise.resolve(value));
  }

  async create(key: string, value: unknown): Promise<boolean> {
    const held = this.documents.get(key);
    if (held) return JSON.stringify(await held) === JSON.stringify(value);
    this.beforeWrite(key);
    this.documents.set(key, Promise.resolve(value));
    return true;
  }

  async remove(key: string): Promise<void> {
    this.beforeWrite(key);
    this.documents.delete(key);
  }

  list(prefix: string): Promise<readonly string[]> {
    const isBelow = (key: string) =>
      key.startsWith(`${prefix}/`) && !key.slice(prefix.length + 1).includes("/");
    return Promise.resolve([...this.documents.keys()].filter(isBelow).reverse());
  }
}
