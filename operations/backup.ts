import { Command } from "commander";
import pc from "picocolors";
import type { BackupManifest } from "../rules/backups/manifest";
import { generateKey } from "../steps/backups/ageCipher";
import { takeBackup } from "../steps/backups/takeBackup";
import {
  findBackup,
  listBackups,
  readKey,
  useBackups,
  type BackupContext,
} from "./backups/context";
import { verifyBackup } from "./backups/verifyBackup";
import { askPulumi } from "./shared/pulumi";
import { addSubcommand } from "./shared/subcommand";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
  readonly reason?: string;
  readonly keyFile?: string;
}

/** `backup`: databases, configuration, the host's records and Pulumi's state, to where \`maestro:backups\` says. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("backup").description(
    "Takes a backup of a stack: databases, configuration, records and state.",
  );
  const isDefault = true;
  addSubcommand(program, "take", "Takes one.", "stack that is backed up", isDefault).action(take);
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
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

async function take({ stack, json }: Options): Promise<void> {
  const reason = process.env["MAESTRO_REASON"] ?? "by hand";
  const manifest = await useBackups(stack, async ({ host, directory, source }) => {
    const state = await askPulumi(["stack", "export", "--stack", stack]);
    return takeBackup(host, directory.records, source(), { reason, state });
  });
  console.log(json ? JSON.stringify(manifest) : describe(manifest));
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
  const verified = await useBackups(stack, verify, hold);
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
