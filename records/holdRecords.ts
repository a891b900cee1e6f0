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
  /** When one of its steps was last heard of; ISO 8601, UTC. Older versions left it out. @default - `since` */
  readonly renewed?: string;
}

/** How often who holds a stack says that it still does. */
export const RENEWAL_MILLISECONDS = 10_000;

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
    else if (Date.now() - Date.parse(before.renewed ?? before.since) > RENEWAL_MILLISECONDS) {
      await this.renewUpdate(update.release);
    }
  }

  /** One of its steps still runs. */
  async renewUpdate(release: string): Promise<void> {
    const update = await this.readUpdate();
    if (update?.release !== release) return;
    await this.store.write(UPDATE, { ...update, renewed: new Date().toISOString() });
  }

  endUpdate(): Promise<void> {
    return this.store.remove(UPDATE);
  }

  /**
   * Takes away the note of an update that was killed.
   *
   * @returns false: it was heard of since, or another one has begun.
   */
  async forgetUpdate(gone: RunningUpdate): Promise<boolean> {
    const now = await this.readUpdate();
    if (now === null) return true;
    const isSame = (["release", "since", "renewed"] as const).every(
      (key) => now[key] === gone[key],
    );
    if (isSame) await this.endUpdate();
    return isSame;
  }

  /**
   * Of several that find a command which was killed, one removes its hold: another one may have taken the stack since.
   *
   * @param by the run that removes it.
   */
  async clear(gone: string, by: string): Promise<void> {
    const turn = `holds/cleared/${gone}`;
    if (!(await this.store.create(turn, { by }))) return;
    if ((await this.read())?.run === gone) await this.store.remove(COMMAND);
    await this.store.remove(turn);
  }
}
