import { readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { gatewayAddress } from "../../release/addresses";
import type { BackupStack } from "./backupStack";
import { startRedis, type DependencyServer } from "./dependencyServers";
import { SERVICE } from "./migrationStack";
import { freePort } from "./moto";

const PASSWORD = "the-cache's-password";

/** Debian's Redis on the gateway of a stack's network, and how its stack backs it up. */
export class BackedUpRedis {
  private server: DependencyServer | null = null;

  private constructor(
    private readonly address: string,
    private readonly port: number,
  ) {}

  /** Chooses where it will be: its address is there once the stack's network is. */
  static async choose(subnet: string): Promise<BackedUpRedis> {
    return new BackedUpRedis(gatewayAddress(subnet), await freePort());
  }

  /** For the secret `REDIS_URL` of the service. */
  get url(): string {
    return `redis://:${encodeURIComponent(PASSWORD)}@${this.address}:${this.port}/0`;
  }

  async start(): Promise<void> {
    this.server = await startRedis(this.address, this.port, PASSWORD);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /** An entry of `maestro:backups.databases`, in the service's own image. */
  database(commands: readonly ("dump" | "restore" | "verify")[]): object {
    const script = readFileSync(path.join(packageRoot(), "tests/support/redisKeys.py"), "utf8");
    const words = (command: string) => ["python3", "-c", script, command];
    return {
      service: SERVICE,
      ...Object.fromEntries(commands.map((command) => [command, words(command)])),
    };
  }

  /** What the server's own client is answered. */
  async ask(...words: readonly string[]): Promise<string> {
    const at = ["-h", this.address, "-p", String(this.port), "--no-auth-warning", "-a", PASSWORD];
    return (await execa("redis-cli", [...at, ...words])).stdout;
  }
}

/** A stack with a Redis beside its database. */
export interface BacksUpRedis {
  readonly stack: BackupStack;
  readonly redis: () => BackedUpRedis;
  /** The image that serves. */
  readonly digest: () => string;
}

/** Tests of a database that commands dump; the Redis is stopped afterwards. */
export function backsUpOtherDatabase({ stack, redis, digest }: BacksUpRedis): void {
  const configure = (...commands: ("dump" | "restore" | "verify")[]) => {
    const databases = { cache: redis().database(commands) };
    stack.backups = { ...stack.backups, databases };
    stack.use({ [SERVICE]: digest() });
  };

  it("is dumped, verified and put back by them, with the others", async () => {
    await redis().ask("SET", "greeting", "hello");
    await redis().ask("RPUSH", "numbers", "1", "2");
    configure("dump", "restore", "verify");
    const taken = await stack.take();
    expect(taken.others).toMatchObject([{ database: "cache", service: SERVICE }]);
    await redis().ask("SET", "greeting", "changed");
    await redis().ask("SET", "later", "1");
    expect(await stack.ask("backup", "verify")).toMatchObject({
      others: [{ database: "cache", isChecked: true }],
    });
    expect(await stack.ask("restore", taken.name, "--yes")).toMatchObject({
      ...{ databases: ["automation_service"], others: ["cache"] },
    });
    const is = await redis().ask("MGET", "greeting", "later");
    expect([is, await redis().ask("LRANGE", "numbers", "0", "-1")]).toEqual(["hello\n", "1\n2"]);
  });

  it("is given up with all that its dump command has started, once that has had its time", async () => {
    const hangs = "import os, time; os.fork(); print('half', flush=True); time.sleep(3600)";
    const cache = { service: SERVICE, dump: ["python3", "-c", hangs], timeoutSeconds: 2 };
    stack.backups = { ...stack.backups, databases: { cache } };
    stack.use({ [SERVICE]: digest() });
    const before = [await stack.ask<object[]>("backup", "list"), stack.dumpedOthers()];
    const given = await stack.run("backup");
    expect([given.exitCode, given.output]).toEqual([
      1,
      expect.stringMatching(
        /database cache: `python3 .*` has not ended within 2 s, so it was stopped/,
      ),
    ]);
    expect([await stack.ask<object[]>("backup", "list"), stack.dumpedOthers()]).toEqual(before);
    await stack.untilNoContainer("backup");
  });

  it("fails the backup with its dump, and is put back by hand where no command does it", async () => {
    configure("dump");
    const mend = stack.damage((await stack.take()).others![0]!.file);
    const damaged = await stack.run("backup", "verify");
    expect(damaged.exitCode).toBe(1);
    expect(damaged.output).toMatch(
      /cache\.dump\.age: (cannot be decrypted|was changed or cut short)/,
    );
    mend();
    const [last] = await stack.ask<{ name: string }[]>("backup", "list");
    const { byHand } = await stack.ask<{ byHand: string[] }>("restore", last!.name, "--yes");
    expect(byHand).toEqual([
      expect.stringMatching(
        /^database cache: is put back by hand, .*: give \S+other\.cache\.dump\.age, which/,
      ),
    ]);
    const [before] = await stack.ask<{ name: string }[]>("backup", "list");
    await redis().stop();
    const failed = await stack.run("backup");
    expect([failed.exitCode, failed.output]).toEqual([
      1,
      expect.stringMatching(/database cache: `python3 .*` ended with exit code 1: [^]*refused/),
    ]);
    const [after] = await stack.ask<{ name: string }[]>("backup", "list");
    expect(after!.name).toBe(before!.name);
    const event = (await stack.host.records.events.list()).at(-1);
    expect(event).toMatchObject({ kind: "not backed up" });
    expect(event?.reason).toMatch(/^database cache: [^]*refused/);
    stack.backups = { ...stack.backups, databases: {} };
  });
}
