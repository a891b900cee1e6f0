import type { RecordStore } from "./recordStore";

/** How far a channel was told. */
export interface NoticeCursor {
  /** Number of the last event that was told, was none of its own, or was given up. */
  readonly number: number;
  /** Why the last one was given up; left out: it arrived. */
  readonly failure?: { readonly at: string; readonly says: string };
}

/** Two programs that tell the same channel would tell it twice; one that is older has died. */
const LOCK_SECONDS = 120;

/** How far channels were told of what has happened to a stack, and which program tells them just now. */
export class NoticeRecords {
  constructor(private readonly store: RecordStore) {}

  readCursor(channel: string): Promise<NoticeCursor | null> {
    return this.store.read<NoticeCursor>(`notices/${channel}`);
  }

  writeCursor(channel: string, cursor: NoticeCursor): Promise<void> {
    return this.store.write(`notices/${channel}`, cursor);
  }

  /**
   * Takes the right to tell the channels; who has it renews it.
   *
   * @param by name of the program, which no other one has.
   * @returns false: another program tells them just now.
   */
  async lock(by: string): Promise<boolean> {
    const lock = { by, at: new Date().toISOString() };
    if (await this.store.create("noticesLock", lock)) return true;
    const held = await this.store.read<typeof lock>("noticesLock");
    if (held?.by !== by) {
      const age = held ? (Date.now() - Date.parse(held.at)) / 1000 : 0;
      // Of several who find a dead one's lock, one takes it over.
      if (age < LOCK_SECONDS || !held) return false;
      if (!(await this.store.create(`noticesLocks/${held.by}`, { by }))) return false;
    }
    await this.store.write("noticesLock", lock);
    return true;
  }

  /** Gives it back, where it has not been taken over. */
  async unlock(by: string): Promise<void> {
    const held = await this.store.read<{ by: string }>("noticesLock");
    if (held?.by === by) await this.store.remove("noticesLock");
  }
}
