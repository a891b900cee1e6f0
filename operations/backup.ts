import { homedir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { stateRoot } from "../config/paths";
import { instanceRoot, packageRoot, stackPrefix } from "../config/project";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { s3PlaceOf } from "../rules/backups/backupSettings";
import { renderBackupTimer, renderBackupUnit } from "../rules/backups/backupUnit";
import type { BackupManifest } from "../rules/backups/manifest";
import { generateKey } from "../steps/backups/ageCipher";
import { takeBackup } from "../steps/backups/takeBackup";
import {
  findBackup,
  listBackups,
  readKey,
  requireBackups,
  useBackups,
  type BackupContext,
} from "./backups/context";
import { verifyBackup } from "./backups/verifyBackup";
import { askPulumi } from "./shared/pulumi";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { tellOf } from "./shared/tellOf";
import { addSubcommand } from "./shared/subcommand";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
  readonly reason?: string;
  readonly keyFile?: string;
  readonly onHost?: boolean;
}

interface UnitOptions {
  readonly stack: string;
  readonly timer?: boolean;
  readonly at: string;
}

/** As systemd's manual writes them (systemd.time), and nothing that could end the line. */
const CALENDAR = /^[A-Za-z0-9*.,:/~ _-]{1,100}$/;

/** `backup`: databases, configuration, the host's records and Pulumi's state, to where \`maestro:backups\` says. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("backup").description(
    "Takes a backup of a stack: databases, configuration, records and state.",
  );
  const isDefault = true;
  addSubcommand(program, "take", "Takes one.", "stack that is backed up", isDefault)
    .option("--on-host", "this machine is the stack's host, whatever maestro:host says")
    .action(take);
  addSubcommand(program, "list", "The whole backups, the newest first.").action(list);
  addSubcommand(
    program,
    "verify",
    "Restores a backup beside the databases in use, and compares it with its manifest.",
  )
    .argument("[name]", "the backup; left out: the latest")
    .option("--key-file <path>", "private key (default: MAESTRO_BACKUP_KEY)")
    .action(verifyOne);
  program
    .command("key")
    .addHelpText("after", examplesOf("backup key"))
    .description("Makes a key pair: the private key on standard output, to be kept elsewhere.")
    .action(key);
  program
    .command("unit")
    .description("Prints a unit of systemd that takes backups on the stack's host, or its timer.")
    .option("--stack <name>", "stack that is backed up", DEFAULT_STACK)
    .option("--timer", "print the timer")
    .option("--at <calendar>", "when the timer starts it, as systemd writes it", "*-*-* 02:00:00")
    .addHelpText("after", examplesOf("backup unit"))
    .action(unit);
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

async function take({ stack, json, onHost = false }: Options): Promise<void> {
  const reason = process.env["MAESTRO_REASON"] ?? "by hand";
  const act = async ({ host, directory, source }: BackupContext) => {
    const state = await askPulumi(["stack", "export", "--stack", stack]);
    return takeBackup(host, directory.records, source(), { reason, state });
  };
  const manifest = await tellFailure(stack, onHost, () => useBackups(stack, act, { onHost }));
  console.log(json ? JSON.stringify(manifest) : describe(manifest));
}

/** Nobody reads the words of a backup that a timer has begun: its failure is on record, and channels are told. */
async function tellFailure<T>(stack: string, onHost: boolean, action: () => Promise<T>) {
  try {
    return await action();
  } catch (error) {
    const settings = readStackSettings(stack);
    const facts = { kind: "not backed up", reason: (error as Error).message } as const;
    const told = tellOf(stack, onHost ? { ...settings, host: null } : settings, facts);
    await told.catch((problem: Error) => console.error(`nobody was told: ${problem.message}`));
    throw error;
  }
}

function unit({ stack, timer, at }: UnitOptions): void {
  if (!CALENDAR.test(at)) {
    throw new Error(
      `--at: is no time of systemd's, got ${JSON.stringify(at)}; such as *-*-* 02:00:00`,
    );
  }
  if (timer) return void process.stdout.write(renderBackupTimer({ stack }, at));
  const { backups, directory } = requireBackups(stack, readStackSettings(stack));
  const { PULUMI_HOME } = pulumiEnvironment();
  process.stdout.write(
    renderBackupUnit({
      ...{ stack, prefix: stackPrefix(stack), root: instanceRoot() },
      program: [process.execPath, path.join(packageRoot(), "bin/maestro.js")],
      writes: [
        ...(s3PlaceOf(backups.to) === null ? [backups.to] : []),
        ...[directory, stateRoot(), PULUMI_HOME ?? path.join(homedir(), ".pulumi")],
      ],
    }),
  );
}

async function list({ stack, json }: Options): Promise<void> {
  const found = await useBackups(stack, ({ store }) => listBackups(store));
  if (json) console.log(JSON.stringify(found));
  else console.log(found.map(describe).join("\n") || "there is no backup yet");
}

async function verifyOne(
  name: string | undefined,
  { stack, json, keyFile }: Options,
): Promise<void> {
  const key = readKey(keyFile);
  const verify = async (context: BackupContext) =>
    verifyBackup(context, await findBackup(context.store, name), key);
  // Its scratch databases would be in the way of a restore's; an update has none.
  const hold = { command: "backup verify", spares: "updates" } as const;
  const verified = await useBackups(stack, verify, { hold });
  if (json) console.log(JSON.stringify(verified));
  else {
    for (const { database, tables, rows } of verified.databases) {
      console.log(`${database}  ${tables} tables, ${rows} rows, as in the manifest`);
    }
    for (const { database, isChecked } of verified.others ?? []) {
      console.log(
        `${database}  ${isChecked ? "its command says that it is whole" : "its checksum is right"}`,
      );
    }
    console.log(`backup ${verified.backup} is whole`);
  }
}

async function key(): Promise<void> {
  const { key: secret, recipient } = await generateKey();
  console.log(`# public key: ${recipient}\n${secret}`);
  // Seen where the private one goes into a file.
  console.error(`maestro:backups.encrypt: [${recipient}]`);
}

function describe({
  name,
  at,
  release,
  reason,
  databases,
  others = [],
  stackFiles,
  encryption,
}: BackupManifest) {
  const bytes = [...databases, ...others, stackFiles].reduce((sum, part) => sum + part.bytes, 0);
  const dumped = [...databases, ...others];
  const names = dumped.map(({ database }) => database).join(", ") || "no database";
  const sealed = encryption === "none" ? pc.yellow("not encrypted") : "encrypted";
  return [
    name,
    at.slice(0, 16),
    release ?? "-",
    `${(bytes / 1e6).toFixed(1)} MB`,
    sealed,
    names,
    pc.dim(reason),
  ].join("  ");
}
