import { createHash } from "node:crypto";
import path from "node:path";
import type Docker from "dockerode";
import { execWithInput } from "../../host/execWithInput";
import type { Host } from "../../host/host";
import type { MigrationInput } from "../../rules/stepInput";
import {
  checkAddress,
  ownDatabase,
  postgresContainerName,
  type OwnDatabase,
} from "../../rules/database/postgresLayout";
import { runSql } from "../../targets/dockerHost/databaseServer";
import { BACKUP_PASSPHRASE, seal, unseal } from "./backupCipher";
import { storedSecrets } from "./secretVariables";

const SOCKET = ["-h", "/tmp", "-U", "postgres"];

/**
 * Dumps a service's database into the stack's directory on its host, with a checksum beside it; the oldest ones go.
 *
 * @returns the file, absolute on the host.
 * @throws Error when the database is not on the stack's own server, whose backups are its owner's matter.
 */
export async function backUp(host: Host, input: MigrationInput, service: string): Promise<string> {
  const { name, database } = await serverOf(input, service);
  const engine = await host.engine();
  const dump = await execWithInput(engine, name, ["pg_dump", ...SOCKET, "-Fc", database], "");
  if (dump.exitCode !== 0) throw new Error(`${service}: pg_dump failed: ${dump.stderr}`);
  const content = seal(dump.stdout, process.env[BACKUP_PASSPHRASE]);
  const directory = path.posix.join(input.directory, "backups", service);
  const file = path.posix.join(directory, `${new Date().toISOString().replaceAll(":", "")}.dump`);
  await host.files.write(file, content, { mode: 0o600 });
  await host.files.write(`${file}.sha256`, `${sha256(content)}\n`, { mode: 0o600 });
  const dumps = (await host.files.list(directory))
    .map((each) => each.name)
    .filter((each) => each.endsWith(".dump"))
    .sort()
    .reverse();
  for (const old of dumps.slice(input.migrations.keepBackups)) {
    await host.files.remove(path.posix.join(directory, old));
    await host.files.remove(path.posix.join(directory, `${old}.sha256`));
  }
  return file;
}

/** Puts a backup back, after a look at its checksum; everything made since is lost. */
export async function restore(
  host: Host,
  input: MigrationInput,
  service: string,
  file: string,
): Promise<void> {
  const content = await host.files.read(file);
  if (content === null) throw new Error(`--file: no such file on the host, got "${file}"`);
  const wanted = (await host.files.read(`${file}.sha256`))?.toString("utf8").trim();
  if (wanted !== sha256(content)) {
    throw new Error(`${file}: its checksum differs, so it is not restored; take another backup`);
  }
  const dump = unseal(content, process.env[BACKUP_PASSPHRASE]);
  const { name, ...own } = await serverOf(input, service);
  const { database } = own;
  const engine = await host.engine();
  // The address may name another user of the database.
  const role = await ownerOf(engine, name, own);
  const args = [
    ...["pg_restore", ...SOCKET, "--clean", "--if-exists", "--single-transaction"],
    ...["--exit-on-error", `--role=${role}`, "--no-owner", `--dbname=${database}`],
  ];
  const result = await execWithInput(engine, name, args, dump);
  if (result.exitCode !== 0) throw new Error(`${service}: pg_restore failed: ${result.stderr}`);
}

/** Whether a service's database is on the stack's own server: only there it can be backed up. */
export async function isOnOwnServer(input: MigrationInput, service: string): Promise<boolean> {
  return (await findServer(input, service)) !== null;
}

async function findServer(input: MigrationInput, service: string) {
  const values = await storedSecrets(input, service);
  const own = ownDatabase(input.prefix, values["DATABASE_URL"] ?? "");
  return own && { name: postgresContainerName(input.prefix), ...own };
}

async function ownerOf(engine: Docker, server: string, own: OwnDatabase): Promise<string> {
  checkAddress(own);
  const query = `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '${own.database}';`;
  return (await runSql(engine, server, query)).trim() || own.role;
}

async function serverOf(input: MigrationInput, service: string) {
  const server = await findServer(input, service);
  if (server) return server;
  throw new Error(
    `${service}: its database is not on the stack's own server, so it cannot be backed up here; take a backup there, ` +
      `then set maestro:migrations.backup to never`,
  );
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
