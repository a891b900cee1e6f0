import type { LogStore } from "./logStore";

/** So much is kept in one request, in bytes. */
const FULL_BYTES = 1024 * 1024;

/** Lines on their way into the store: what comes faster than it is kept waits where it is. */
export class LogBatch {
  private rows: string[] = [];
  private bytes = 0;
  private sending: Promise<void> | null = null;
  private failure: Error | null = null;

  constructor(private readonly store: Pick<LogStore, "add" | "ping">) {}

  /** @throws Error when lines could not be kept: these or earlier ones. */
  async add(row: string): Promise<void> {
    this.rows.push(row);
    this.bytes += Buffer.byteLength(row);
    if (this.bytes >= FULL_BYTES) await this.send();
  }

  /**
   * Keeps what is there; while it does, who asks for the same waits for that. Once something could not be kept nothing is any
   * more: what comes later would hide the gap.
   */
  send(): Promise<void> {
    this.sending ??= this.sendNow().finally(() => (this.sending = null));
    return this.sending;
  }

  private async sendNow(): Promise<void> {
    if (this.failure) throw this.failure;
    const { rows } = this;
    [this.rows, this.bytes] = [[], 0];
    // A store that is killed forgets what it took last, so that it was away is to be known, whoever writes nothing.
    const sent = rows.length > 0 ? this.store.add(rows) : this.store.ping();
    await sent.catch((error: Error) => {
      this.failure = error;
      throw error;
    });
  }
}
