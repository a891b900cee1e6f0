import execa from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { sleep } from "../../targets/timing";
import { databaseName, databaseUrl, provisionSql } from "../../rules/database/postgresLayout";
import { pushBaseImage, pushImage } from "../../toolchain/setup/registry";
import { MigrationStack, SERVICE } from "./migrationStack";
import { succeed } from "./testStack";

/** Role, and database, that the generated DATABASE_URL names. */
export const OWNER = databaseName(SERVICE);

/** Shell lines that make an image of the first version of which no container is ever ready, though it runs. */
export const NEVER_READY = [
  "rm /app/migrations/versions/000[234]_*",
  "sed -i 's/title/name/g; s/return ping(self.engine)/return ping(self.engine) or \"out of order\"/' /app/store.py",
];

/** What a client is told that may not connect. */
export const REFUSED = "password authentication failed";

/** A stack whose database is used under several passwords. */
export class DatabaseStack extends MigrationStack {
  private readonly address = new URL(databaseUrl(this.prefix, SERVICE, "the-first-password"));

  /**
   * A first release whose set logs in under the very name that its DATABASE_URL has, on a role and a database made as
   * they were before there were logins.
   */
  async releaseAsBefore(digest: string): Promise<void> {
    await this.rotate({});
    this.use({ [SERVICE]: digest }, {}, 60, { migration: undefined });
    const own = { role: OWNER, password: this.address.password, database: OWNER };
    await Promise.all([succeed(this.up()), this.untilDone(provisionSql(own))]);
  }

  /** Lets the next updates make the server from an image whose PostgreSQL says that it is of another version. */
  async useServerOf(version: string): Promise<void> {
    const reference = `localhost:5000/maestro/postgres:test-${version}`;
    const lies = `printf '#!/bin/sh\\necho "postgres (PostgreSQL) ${version}"\\n' > /usr/local/bin/postgres`;
    const run = `rm /usr/local/bin/postgres && ${lies} && chmod 755 /usr/local/bin/postgres`;
    await execa("docker", ["build", "--quiet", "--tag", reference, "-"], {
      input: `FROM ${await pushBaseImage("postgres")}\nUSER root\nRUN ${run}\nUSER 10001:10001\n`,
      env: { DOCKER_BUILDKIT: "0" },
    });
    const digest = await pushImage(reference, reference);
    this.image = `localhost:5000/maestro/postgres@${digest}`;
  }

  /** Lets the next updates make the server from an image that nobody has. */
  useMissingServer(): void {
    this.image = `localhost:5000/maestro/postgres@sha256:${"0".repeat(64)}`;
  }

  /** Takes the server out of the stack's configuration. */
  useNoServer(): void {
    this.image = "";
  }

  /** Changes the stored address; the next release has it. */
  async rotate(changes: Partial<Pick<URL, "password" | "username" | "pathname">>): Promise<string> {
    Object.assign(this.address, changes);
    await succeed(this.secrets(["set", "--service", SERVICE, "DATABASE_URL"], this.address.href));
    return this.address.href;
  }

  /** Versions of the service's secrets, the newest first. */
  async secretVersions(): Promise<string[]> {
    const { output } = await this.secrets(["list", "--json"]);
    const [status] = JSON.parse(output) as { current: string; previous: string }[];
    return [status!.current, status!.previous];
  }

  /** The address that a set's container has. */
  async deliveredUrl(color: string): Promise<string> {
    const name = this.containerOf(color);
    return (
      await execIn(connectEngine(), name, ["cat", "/run/secrets/DATABASE_URL"])
    ).output.trim();
  }

  /** Restarts a set's container: none of its connections is left. It is ready again, or the reason why it is not. */
  async restart(color: string): Promise<string> {
    const engine = connectEngine();
    await engine.getContainer(this.containerOf(color)).restart({ t: 5 });
    const probe = [
      "import json,time,urllib.request as u",
      "url='http://127.0.0.1:8000/ready'",
      "for _ in range(240):",
      "  try: print(u.urlopen(url).read().decode()); break",
      "  except Exception as e: last=getattr(e,'read',lambda: str(e).encode())().decode(); time.sleep(0.5)",
      "else: print(last)",
    ].join("\n");
    return (await execIn(engine, this.containerOf(color), ["python3", "-c", probe])).output.trim();
  }

  /** What the server answers a client with this address, over the network as a service does. */
  async ask(url: string, query: string): Promise<string> {
    const client = ["exec", "--interactive", this.database, "psql", "-X", "-q", "-At", url];
    const result = await execa("docker", [...client, "-v", "ON_ERROR_STOP=1"], {
      input: query,
      reject: false,
      all: true,
    });
    return (result.all ?? "").trim();
  }

  /** Roles that services log in as, beside the owner. */
  async logins(): Promise<string[]> {
    const names = await this.sql(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE '${OWNER}%' ORDER BY 1`,
    );
    return names.split("\n").filter((name) => name !== "" && name !== OWNER);
  }

  /** Owners of everything in the service's database. */
  owners(): Promise<string> {
    return this.sql(
      "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    );
  }

  containerOf(color: string): string {
    return `${this.prefix}-${color}-${SERVICE}-0`;
  }

  /** Both sets: the active one first. */
  async colors(): Promise<[string, string]> {
    const active = (await this.outputs()).activeColor;
    return active === "blue" ? ["blue", "green"] : ["green", "blue"];
  }

  /** Runs SQL as the server's own user, as soon as there is one that takes it. */
  private async untilDone(sql: string): Promise<void> {
    const client = ["exec", "-i", this.database, "psql", "-h", "/tmp", "-U", "postgres"];
    for (let tries = 0; ; tries++) {
      const result = await execa("docker", client, { input: sql, reject: false });
      if (result.exitCode === 0) return;
      if (tries === 300) throw new Error(result.stderr);
      await sleep(200);
    }
  }
}
