import { randomBytes } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { ensureImages } from "../../host/images";
import type { Host } from "../../host/host";
import { pipeContainer } from "../../host/pipeContainer";
import type { OtherDatabase } from "../../rules/backups/backupSettings";
import type { BackupPart, OtherDump } from "../../rules/backups/manifest";
import { secretsOf } from "../../rules/database/migrationServices";
import { stackLabels } from "../../rules/host/containerLabels";
import { STEPPED_BACK_SHARES } from "../../rules/host/cpuShares";
import { SECRETS_MOUNT, secretFileVariables } from "../../rules/serviceSecrets";
import { imageReference } from "../../rules/stepInput";
import type { BackupSource } from "./backupSource";
import type { BackupStore } from "./backupStore";
import { writePart } from "./storedParts";

const MEGABYTE = 1024 * 1024;
const MOST_PROCESSES = 64;
/** Characters of a command that a message shows. */
const MOST_SHOWN = 80;

/** A backup that is being taken. */
export interface BackupTarget {
  readonly store: BackupStore;
  readonly name: string;
  readonly recipients: readonly string[];
}

/** What a database's command is given, and who reads what it writes. */
export interface CommandRun {
  readonly command: readonly string[];
  /** @default - nothing */
  readonly input?: Readable;
  /** @default - nobody */
  readonly read?: (stdout: Readable) => Promise<void>;
}

/**
 * Dumps the databases that `maestro:backups.databases` names into the store while they flow.
 *
 * @throws Error when a command fails or writes nothing; what was stored then has no manifest and is nothing.
 */
export async function dumpOthers(
  host: Host,
  source: BackupSource,
  { store, name, recipients }: BackupTarget,
): Promise<OtherDump[]> {
  const dumps: OtherDump[] = [];
  for (const [database, settings] of Object.entries(source.settings.databases ?? {}).sort()) {
    const { service } = settings;
    if (source.record.services[service] === undefined) {
      console.error(
        `database ${database}: is not in this backup, since release ${source.record.id} has no service ${service}`,
      );
      continue;
    }
    let part: BackupPart | null = null;
    const tally = { bytes: 0 };
    await runCommand(host, source, database, {
      command: settings.dump,
      read: async (stdout) => {
        const content = Readable.from(counted(stdout, tally));
        part = await writePart(store, `${name}.other.${database}.dump`, content, recipients);
      },
    });
    if (tally.bytes === 0 || part === null) {
      throw new Error(`database ${database}: its dump command has written nothing`);
    }
    dumps.push({ ...(part as BackupPart), database, service });
  }
  return dumps;
}

/**
 * Runs a command of a database to its end, in a container beside its service: in the stack's network, as the service's
 * user, with its environment and its secrets as files.
 *
 * @throws Error with its last words when it fails.
 */
export async function runCommand(
  host: Host,
  source: BackupSource,
  database: string,
  { command, input = Readable.from([]), read = discard }: CommandRun,
): Promise<void> {
  const settings = source.settings.databases![database]!;
  const engine = await host.engine();
  const options = containerOf(source, settings, command);
  await ensureImages(engine, [options.Image!]);
  const { exitCode, stderr } = await pipeContainer(engine, options, input, read);
  if (exitCode === 0) return;
  throw new Error(
    `database ${database}: \`${shortCommand(command)}\` ended with exit code ${exitCode}: ${stderr.slice(-2_000)}`,
  );
}

/** The command as a person tells it from others; whole programs are given by `-c`. */
function shortCommand(command: readonly string[]): string {
  const [line = "", ...more] = command.join(" ").split("\n");
  return more.length > 0 || line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line;
}

function containerOf(
  source: BackupSource,
  { service, image }: OtherDatabase,
  [program = "", ...words]: readonly string[],
): Docker.ContainerCreateOptions {
  const { prefix, record } = source;
  const settings = record.services[service]!;
  const secrets = secretsOf(source, service);
  const bytes = settings.resources.memoryMegabytes * MEGABYTE;
  const variables = { ...settings.env, ...secretFileVariables(settings) };
  return {
    name: `${prefix}-backup-${randomBytes(4).toString("hex")}`,
    Image: image ?? imageReference(settings),
    Entrypoint: [program],
    Cmd: words,
    Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    User: settings.user,
    Healthcheck: { Test: ["NONE"] },
    Labels: stackLabels(prefix),
    HostConfig: {
      NetworkMode: prefix,
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "" },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: bytes,
      MemorySwap: bytes,
      PidsLimit: MOST_PROCESSES,
      CpuShares: STEPPED_BACK_SHARES,
      Binds: secrets === null ? [] : [`${secrets}:${SECRETS_MOUNT}:ro`],
    },
  };
}

/** Counts before it is encrypted: what age makes of nothing is something. */
async function* counted(content: Readable, tally: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of content as AsyncIterable<Buffer>) {
    tally.bytes += chunk.length;
    yield chunk;
  }
}

/** Reads to the end: a command that nobody reads would wait. */
async function discard(stdout: Readable): Promise<void> {
  await pipeline(stdout, new Writable({ write: (_chunk, _encoding, done) => done() }));
}
