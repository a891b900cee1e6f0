import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { ensureCommands } from "../../toolchain/setup/packages";

const SHARED_MEMORY = "/dev/shm";

/**
 * A wall clock that is wrong for the processes that get its environment, and can be set while they run; by libfaketime.
 * The monotonic clock stays right, as it does when somebody sets a real clock. Pulumi's own binary is linked statically
 * and keeps the machine's time: the program, the operations and plugins that are node processes do not.
 */
export class FakeClock {
  private readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-clock-"));
  private readonly file = path.join(this.directory, "offset");
  private readonly others = new Set(sharedMemory());

  private constructor(private readonly library: string) {}

  static async start(): Promise<FakeClock> {
    await ensureCommands({ faketime: "faketime" });
    // The wrapper knows where its library lies on this architecture.
    const { stdout } = await execa("faketime", ["-m", "-f", "+0", "printenv", "LD_PRELOAD"]);
    return new FakeClock(stdout.trim());
  }

  /** How far the clock is off from now on, for processes that run too. */
  set(minutes: number): void {
    writeFileSync(this.file, `${minutes < 0 ? "" : "+"}${minutes * 60}\n`);
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
    // The library forgets its own in processes that are killed, and node ends without telling it.
    for (const name of sharedMemory().filter((each) => !this.others.has(each))) {
      rmSync(path.join(SHARED_MEMORY, name), { force: true });
    }
  }
}

function sharedMemory(): string[] {
  return readdirSync(SHARED_MEMORY).filter((name) => /^(sem\.)?faketime_/.test(name));
}
