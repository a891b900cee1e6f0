import execa from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { migrationContainer } from "../../steps/migrations/runMigration";
import { sleep } from "../../targets/timing";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { pushBaseImage } from "../../toolchain/setup/registry";
import { DISTURBANCE, VERSIONS } from "./migrationVersions";
import { builtImages, succeed, TestStack, type RunResult } from "./testStack";

/** Service name -> digest. */
type Release = Readonly<Record<string, string>>;

export const SERVICE = "automation-service";
const DATABASE = "automation_service";
/** crc32 of "maestro migration automation_service", as `maestro_core_db.migrations` has it. */
const DATABASE_LOCK = 436097807;
const SLEEPERS = "pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %pg_sleep%'";
const REPOSITORY = `localhost:5000/maestro/${SERVICE}`;
const COMPILE = "python3 -m compileall -q -f --invalidation-mode unchecked-hash /app";

/** Builds a version of the service and returns its digest. */
export async function derive(
  name: string,
  lines: readonly string[] = VERSIONS[name as keyof typeof VERSIONS],
): Promise<string> {
  const tag = `${REPOSITORY}:test-migration-${name}`;
  const base = `${REPOSITORY}@${builtImages().release[SERVICE]}`;
  const script = [...lines, COMPILE].join(" && ");
  const dockerfile = `FROM ${base}\nUSER root\nRUN ${script}\nUSER 10001:10001\n`;
  await execa("docker", ["build", "--quiet", "--tag", tag, "-"], {
    input: dockerfile,
    env: { DOCKER_BUILDKIT: "0" },
  });
  const { stdout } = await execa("docker", ["push", tag]);
  const pushed = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  if (!pushed) throw new Error(`no digest in the answer to the push of ${tag}`);
  return pushed;
}

/** A stack with one service that has a database, on a PostgreSQL of its own. */
export class MigrationStack extends TestStack {
  /** The database server's, by digest. */
  protected image = "";
  /** `maestro:rollout`. */
  rollout: object = {};
  /** Services beside {@link SERVICE}: their entries in services.yaml. */
  others: Readonly<Record<string, object>> = {};

  async begin(): Promise<void> {
    await this.end();
    this.image = await pushBaseImage("postgres");
    await this.create({});
    this.use({});
    await this.migrate("secrets");
  }

  /**
   * Names a release and how it is migrated. Its services are {@link SERVICE}, under whatever names the release has.
   *
   * @param changes to the services' settings.
   */
  use(release: Release, migrations: object = {}, deadlineSeconds = 30, changes = {}): void {
    const names = Object.keys(release).length > 0 ? Object.keys(release) : [SERVICE];
    const settings = {
      repository: REPOSITORY,
      secrets: ["DATABASE_URL"],
      migration: { command: ["alembic", "upgrade", "head"] },
      health: { deadlineSeconds },
      ...changes,
    };
    const entries = names.map((name) => [name, this.others[name] ?? settings] as const);
    this.configure({
      release,
      servicesFile: this.writeServices({ ...Object.fromEntries(entries), ...this.others }),
      ...(Object.keys(this.rollout).length > 0 ? { rollout: this.rollout } : {}),
      ...(this.image === "" ? {} : { postgres: { image: this.image } }),
      migrations: { lockWaitSeconds: 2, ...migrations },
    });
  }

  async deploy(digest: string, migrations: object = {}): Promise<RunResult> {
    this.use({ [SERVICE]: digest }, migrations);
    return this.up();
  }

  /** As {@link deploy}, which must succeed. */
  release(digest: string, migrations: object = {}): Promise<string> {
    return succeed(this.deploy(digest, migrations));
  }

  /** `npm run migrate`. */
  async migrate<T>(...args: string[]): Promise<T> {
    const [command = "", ...rest] = args;
    const result = await execa(
      "node",
      ["bin/maestro.js", "migrate", command, "--stack", this.name, "--json", ...rest],
      { cwd: this.project.root, env: this.environment, reject: false },
    );
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return JSON.parse(result.stdout.split("\n").at(-1) ?? "") as T;
  }

  /** What the database answers, as its server's own user. */
  async sql(query: string): Promise<string> {
    const psql = ["psql", "-h", "/tmp", "-U", "postgres", "-d", DATABASE, "-At", "-c", query];
    return (await execIn(connectEngine(), this.database, psql)).output;
  }

  get database(): string {
    return postgresContainerName(this.prefix);
  }

  /** Makes {@link disturbable} fail (0), or wait; one that waits goes on when told so. */
  async disturb(divisor: 0 | 1, hold: boolean): Promise<void> {
    await this.sql(
      `CREATE TABLE IF NOT EXISTS ${DISTURBANCE} (divisor int, hold boolean); DELETE FROM ${DISTURBANCE};` +
        `INSERT INTO ${DISTURBANCE} VALUES (${divisor}, ${hold}); GRANT SELECT ON ${DISTURBANCE} TO PUBLIC`,
    );
  }

  /** Resolves once the migration is at {@link disturbable}'s fourth statement. */
  untilAsleep(): Promise<void> {
    return this.until(`SELECT count(*) > 0 FROM ${SLEEPERS}`);
  }

  /** Resolves once the server runs no such statement any more. */
  untilNobodySleeps(): Promise<void> {
    return this.until(`SELECT count(*) = 0 FROM ${SLEEPERS}`);
  }

  untilReady(): Promise<void> {
    return this.until("SELECT true");
  }

  /** Resolves once the server's answer is true. */
  async until(question: string): Promise<void> {
    const deadline = Date.now() + 120_000;
    let answer = "";
    while (Date.now() < deadline) {
      answer = await this.sql(question).catch((error: Error) => error.message);
      if (answer === "t") return;
      await sleep(200);
    }
    throw new Error(`${question}: still ${answer}`);
  }

  /** Takes the lock that migrations of the service's database take; the result gives it back. */
  async holdLock(application: string): Promise<() => Promise<void>> {
    const query = `SELECT pg_advisory_lock(${DATABASE_LOCK}), pg_sleep(100)`;
    const psql = ["psql", "-h", "/tmp", "-U", "postgres", "-d", DATABASE, "-c", query];
    const holder = execa(
      "docker",
      ["exec", "--env", `PGAPPNAME=${application}`, this.database, ...psql],
      { reject: false },
    );
    const sessions = `pg_stat_activity WHERE application_name = '${application}'`;
    await this.until(`SELECT count(*) > 0 FROM ${sessions} AND query LIKE '%advisory%'`);
    return async () => {
      await this.sql(`SELECT pg_terminate_backend(pid) FROM ${sessions}`);
      await holder;
    };
  }

  /** Name of the container that migrates the service. */
  get migrator(): string {
    return migrationContainer(this.prefix, SERVICE);
  }

  revision(): Promise<string> {
    return this.sql("SELECT version_num FROM alembic_version");
  }

  /** Makes a job through one of the edge's listeners. */
  async post(base: string, name: string): Promise<{ id: string; name: string }> {
    const answer = await fetch(`${base}/${SERVICE}/jobs`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string; name: string };
  }

  /** Names of all jobs, through one of the edge's listeners. */
  async jobs(base: string): Promise<string[]> {
    const answer = await fetch(`${base}/${SERVICE}/jobs`);
    return ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  }

  /** The generated password, as the service's container has it. */
  async password(): Promise<string> {
    const color = (await this.outputs()).activeColor;
    const name = `${this.prefix}-${color}-${SERVICE}-0`;
    const { output } = await execIn(connectEngine(), name, ["cat", "/run/secrets/DATABASE_URL"]);
    return new URL(output).password;
  }

  /** The descriptions of all containers, and the whole state. */
  async everythingShown(): Promise<string> {
    const ids = [...(await this.containers()).values()].map(({ id }) => id);
    const { stdout } = await execa("docker", ["inspect", ...ids]);
    return stdout + JSON.stringify(await this.exported());
  }

  async end(): Promise<void> {
    await this.remove();
    await execa("docker", ["volume", "rm", "--force", this.database], { reject: false });
  }
}
