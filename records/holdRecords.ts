import type { RecordStore } from "./recordStore";

/** A command that changes what updates rely on, for as long as it runs. */
export interface Hold {
  /** With its subcommand, as `migrate down`. */
  readonly command: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it was last heard of; ISO 8601, UTC. */
  readonly renewed: string;
  /** What no other run has. */
  readonly run: string;
  /** Name of the machine it runs on. */
  readonly machine: string;
  /** Its process there. */
  readonly process: number;
  /** Only other commands wait for it. @default - updates do, too */
  readonly spares?: "updates";
}

/** An update that has begun to change the host. */
export interface RunningUpdate {
  readonly release: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const COMMAND = "holds/command";
const UPDATE = "holds/update";

/** Which command holds the stack just now, and which update was begun: neither begins while the other one runs. */
export class HoldRecords {
  constructor(private readonly store: RecordStore) {}

  /** The command that holds the stack, or did until it was killed; null: none. */
  read(): Promise<Hold | null> {
    return this.store.read<Hold>(COMMAND);
  }

  /**
   * Takes the stack.
   *
   * @param isGone whether a command was killed.
   * @returns the command that has it; null: it is taken.
   */
  async take(hold: Hold, isGone: (held: Hold) => boolean): Promise<Hold | null> {
    for (;;) {
      if (await this.store.create(COMMAND, hold)) return null;
      const held = await this.read();
      if (held === null) continue;
      if (!isGone(held)) return held;
      await this.clear(held.run, hold.run);
    }
  }

  /** It still runs. */
  async renew(run: string): Promise<void> {
    const held = await this.read();
    if (held?.run !== run) return;
    await this.store.write(COMMAND, { ...held, renewed: new Date().toISOString() });
  }

  /** Gives it back, where nobody has taken it over. */
  async release(run: string): Promise<void> {
    if ((await this.read())?.run === run) await this.store.remove(COMMAND);
  }

  /** The update that was begun and has not ended by itself; null: none. */
  readUpdate(): Promise<RunningUpdate | null> {
    return this.store.read<RunningUpdate>(UPDATE);
  }

  /** An update has begun. Of two Pulumi lets one run, so what is there was killed, or is this one. */
  async beginUpdate(update: RunningUpdate): Promise<void> {
    const before = await this.readUpdate();
    if (before?.release !== update.release) await this.store.write(UPDATE, update);
  }

  endUpdate(): Promise<void> {
    return this.store.remove(UPDATE);
  }

  /** Of several that find one which was killed, one removes it: another one may have taken the stack since. */
  private async clear(gone: string, by: string): Promise<void> {
    const turn = `holds/cleared/${gone}`;
    if (!(await this.store.create(turn, { by }))) return;
    if ((await this.read())?.run === gone) await this.store.remove(COMMAND);
    await this.store.remove(turn);
  }
}
