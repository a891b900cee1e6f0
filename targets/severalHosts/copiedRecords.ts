import type { RecordStore } from "../../records/recordStore";
import { COLORS } from "../../release/release";

/**
 * What each host has for itself: what its sets hold, and where its traffic was last to go. All else, such as events and
 * rejections, is of the stack and not of a host.
 */
const COPIED: readonly string[] = [...COLORS, "switch"];

/**
 * A stack's records on its first host, which alone are read, with copies of a few on the others. A copy follows: what only
 * copies say was never decided.
 */
export class CopiedRecords implements RecordStore {
  /**
   * @param first where the records are.
   * @param copy does something with each of the other hosts' stores that are reached.
   */
  constructor(
    private readonly first: RecordStore,
    private readonly copy: (write: (store: RecordStore) => Promise<void>) => Promise<unknown>,
  ) {}

  exists(): Promise<boolean> {
    return this.first.exists();
  }

  read<T>(key: string): Promise<T | null> {
    return this.first.read<T>(key);
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.first.write(key, value);
    if (COPIED.includes(key)) await this.copy((store) => store.write(key, value));
  }

  create(key: string, value: unknown): Promise<boolean> {
    return this.first.create(key, value);
  }

  async remove(key: string): Promise<void> {
    await this.first.remove(key);
    if (COPIED.includes(key)) await this.copy((store) => store.remove(key));
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.first.list(prefix);
  }
}
