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
import type { DumpTarget } from "./dumpDatabase";
import { writePart } from "./storedParts";

/** A command that hangs must not hold the stack for ever. */
const DEFAULT_TIMEOUT_SECONDS = 14_400;
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
 * @throws Error when a command fails, takes too long or writes nothing.
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
    const file = `${name}.other.${database}.dump`;
    dumps.push({
      ...(await dumpOther(host, source, database, { store, file, recipients })),
      database,
      service,
    });
  }
  return dumps;
}

/** What a command that fails has stored goes at once, where it can: it has no manifest, and is nothing. */
async function dumpOther(
  host: Host,
  source: BackupSource,
  database: string,
  { store, file, recipients }: DumpTarget,
): Promise<BackupPart> {
  const tally = { bytes: 0 };
  let part: BackupPart | null = null;
  try {
    await runCommand(host, source, database, {
      command: source.settings.databases![database]!.dump,
      read: async (stdout) => {
        part = await writePart(store, file, Readable.from(counted(stdout, tally)), recipients);
      },
    });
    if (tally.bytes > 0 && part !== null) return part;
    throw new Error(`database ${database}: its dump command has written nothing`);
  } catch (error) {
    const stored = part as BackupPart | null;
    if (stored) await store.remove(stored.file).catch(() => undefined);
    throw error;
  }
}

/**
 * Runs a command of a database to its end, in a container beside its service: in the stack's network, as the service's
 * user, with its environment and its secrets as files.
 *
 * @throws Error with its last words when it fails, or naming the limit that it has passed; its container is gone then.
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
  const seconds = settings.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const says = `database ${database}: \`${shortCommand(command)}\``;
  const run = (signal: AbortSignal) => pipeContainer(engine, options, input, read, signal);
  const { exitCode, stderr } = await within(seconds, run, () => {
    const key = `maestro:backups.databases.${database}.timeoutSeconds`;
    return new Error(
      `${says} has not ended within ${seconds} s, so it was stopped; see what it waits for, or give it longer by ${key}`,
    );
  });
  if (exitCode === 0) return;
  throw new Error(`${says} ended with exit code ${exitCode}: ${stderr.slice(-2_000)}`);
}

/** @param explain the error that it ends with once the time is up. */
async function within<T>(
  seconds: number,
  run: (signal: AbortSignal) => Promise<T>,
  explain: () => Error,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(explain()), seconds * 1000);
  try {
    return await run(limit.signal);
  } finally {
    clearTimeout(timer);
  }
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
