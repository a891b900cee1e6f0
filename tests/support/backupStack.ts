import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import type { BackupManifest } from "../../rules/backups/manifest";
import { packageRoot } from "../../config/project";
import { MigrationStack, SERVICE } from "./migrationStack";
import { killTree } from "./processTree";
import { finish, type RunResult } from "./runResult";
import { sleep } from "../../targets/timing";

/** A stack with a database that is backed up into a directory, encrypted to a key of its own. */
export class BackupStack extends MigrationStack {
  readonly place = mkdtempSync(path.join(tmpdir(), "maestro-backups-"));
  readonly keyFile = path.join(this.place, "backup.key");
  backups: Record<string, unknown> = {};
  /** Secrets of the service beside its database's. */
  secretsBeside: readonly string[] = [];

  /** Makes the key by the command, and names its public half in the configuration. */
  async beginBackups(): Promise<void> {
    await this.begin();
    const { stdout } = await execa("node", ["bin/maestro.js", "backup", "key"], {
      cwd: packageRoot(),
    });
    writeFileSync(this.keyFile, `${stdout}\n`, { mode: 0o600 });
    const [, recipient] = /# public key: (age1\S+)/.exec(stdout) ?? [];
    mkdirSync(path.join(this.place, "to"));
    this.backups = { to: path.join(this.place, "to"), encrypt: [recipient] };
  }

  override use(...[release, migrations, seconds, changes]: Parameters<MigrationStack["use"]>) {
    const secrets = ["DATABASE_URL", ...this.secretsBeside];
    super.use(release, migrations, seconds, { secrets, ...changes });
  }

  override configure(config: Readonly<Record<string, unknown>>): void {
    const own = Object.keys(this.backups).length > 0 ? { backups: this.backups } : {};
    super.configure({ ...config, ...own });
  }

  /** Directory with this stack's backups. */
  get files(): string {
    return path.join(this.place, "to", this.prefix);
  }

  /** `maestro backup` and `maestro restore`, with the key. */
  run(...args: string[]): Promise<RunResult> {
    return finish(this.command(args));
  }

  /** The same, killed with all its children once its output matches. */
  async runKilledAt(at: RegExp, ...args: string[]): Promise<RunResult> {
    const child = this.command(args);
    let seen = "";
    let isKilled = false;
    child.all?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (isKilled || !at.test(seen) || !child.pid) return;
      isKilled = true;
      killTree(child.pid);
    });
    const result = await finish(child);
    if (!isKilled) throw new Error(`nothing matched ${String(at)} in:\n${result.output}`);
    return result;
  }

  /** The same, killed as soon as the server shows what is asked for. */
  async runKilledWhen(question: string, ...args: string[]): Promise<RunResult> {
    const child = this.command(args);
    const ended = finish(child);
    let isOver = false;
    void ended.finally(() => (isOver = true));
    while (!isOver && (await this.sql(question).catch(() => "")) !== "t") await sleep(20);
    if (isOver) throw new Error(`it ended before \`${question}\` was so:\n${(await ended).output}`);
    if (child.pid) killTree(child.pid);
    return ended;
  }

  /** Keeps a table from whoever wants to read it; the result lets it go. */
  async holdTable(table: string): Promise<() => Promise<void>> {
    const query = `BEGIN; LOCK TABLE ${table}; SELECT pg_sleep(300)`;
    const holder = execa(
      "docker",
      [
        ...["exec", "--env", "PGAPPNAME=holder", this.database, "psql", "-h", "/tmp"],
        ...["-U", "postgres", "-d", "automation_service", "-c", query],
      ],
      { reject: false },
    );
    const sessions = "pg_stat_activity WHERE application_name = 'holder'";
    const isHeld = `SELECT count(*) > 0 FROM ${sessions} AND wait_event = 'PgSleep'`;
    while ((await this.sql(isHeld)) !== "t") await sleep(50);
    return async () => {
      await this.sql(`SELECT pg_terminate_backend(pid) FROM ${sessions}`);
      await holder;
    };
  }

  /** Resolves once no container of a backup is left: it goes by itself. */
  async untilNoContainer(purpose: string): Promise<void> {
    const deadline = Date.now() + 120_000;
    const isLeft = (name: string) => name.startsWith(`${this.prefix}-${purpose}-`);
    while ([...(await this.containers()).keys()].some(isLeft)) {
      if (Date.now() > deadline) throw new Error(`a container of a ${purpose} is left`);
      await sleep(200);
    }
  }

  /** What `--json` prints. */
  async ask<T>(...args: string[]): Promise<T> {
    const { exitCode, output } = await this.run(...args, "--json");
    if (exitCode !== 0) throw new Error(output);
    return JSON.parse(
      output
        .split("\n")
        .filter((line) => /^[[{]/.test(line))
        .at(-1) ?? "",
    ) as T;
  }

  /** A backup, as its manifest describes it. */
  take(): Promise<BackupManifest> {
    return this.ask<BackupManifest>("backup");
  }

  /** What is stored of databases that commands dump, by name. */
  dumpedOthers(): string[] {
    return readdirSync(this.files)
      .filter((name) => name.includes(".other."))
      .sort();
  }

  /** Changes a byte in the middle of a stored file; the result puts it back. */
  damage(name: string): () => void {
    const file = path.join(this.files, name);
    const whole = readFileSync(file);
    const torn = Buffer.from(whole);
    const middle = torn.length >> 1;
    torn[middle] = torn[middle]! ^ 1;
    writeFileSync(file, torn);
    return () => writeFileSync(file, whole);
  }

  /** Names of the service's jobs, once its sessions are there again. */
  async untilJobs(count: number): Promise<string[]> {
    const deadline = Date.now() + 120_000;
    let found: string[] | string = [];
    while (Date.now() < deadline) {
      found = await this.jobs(this.url).catch((error: Error) => error.message);
      if (Array.isArray(found) && found.length === count) return found;
      await sleep(200);
    }
    throw new Error(`${SERVICE}: still ${JSON.stringify(found)}`);
  }

  /** Names of the jobs, once the database and the service say the same: a swap that is under way is over then. */
  async untilAgreed(): Promise<string[]> {
    const deadline = Date.now() + 120_000;
    const none = () => [];
    while (Date.now() < deadline) {
      const rows = await this.sql("SELECT name FROM jobs ORDER BY 1").then(
        (text) => text.split("\n"),
        none,
      );
      const told = [...(await this.jobs(this.url).catch(none))].sort();
      if (rows.length > 0 && rows.join() === told.join()) return rows;
      await sleep(200);
    }
    throw new Error(`${SERVICE} does not tell what its database has`);
  }

  /** Removes what lies outside of the stack. */
  forget(): void {
    rmSync(this.place, { recursive: true, force: true });
  }

  private command([name = "", ...rest]: readonly string[]) {
    const needsKey = name === "restore" || rest[0] === "verify";
    const key = needsKey ? ["--key-file", this.keyFile] : [];
    return execa("node", ["bin/maestro.js", name, ...rest, "--stack", this.name, ...key], {
      cwd: packageRoot(),
      env: this.environment,
      extendEnv: false,
      all: true,
      reject: false,
      stdin: "ignore",
    });
  }
}
