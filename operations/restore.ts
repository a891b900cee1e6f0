import { Command } from "commander";
import pc from "picocolors";
import { findBackup, readKey, requireKey, useBackups, type BackupContext } from "./backups/context";
import { othersIn, splitOthers, wayByHand } from "./backups/otherDatabases";
import { findUnfit, pairDatabases, restoreBackup } from "./backups/restoreBackup";
import { addReason, beginChange } from "./shared/beginChange";
import { isAgreed } from "./shared/isAgreed";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly latest?: boolean;
  readonly service?: string;
  readonly keyFile?: string;
  readonly otherSchema?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly reason?: string;
}

/** `restore`: puts the databases of a backup in the place of those in use, all at once. */
export async function main(argv: string[]): Promise<number> {
  const program = addReason(new Command("restore"))
    .description(
      "Restores databases of a backup beside those in use, compares them, and lets them take their place at once.",
    )
    .argument("[name]", "the backup; `maestro backup list` has them")
    .option("--latest", "the newest backup")
    .option("--stack <name>", "stack whose databases these are", DEFAULT_STACK)
    .option("--service <name>", "only this service's database")
    .option("--key-file <path>", "private key (default: MAESTRO_BACKUP_KEY)")
    .option("--other-schema", "also where its schema does not fit what serves")
    .option("--yes", "do not ask")
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("restore"))
    .parse(argv, { from: "user" });
  const [name] = program.args;
  const options = program.opts<Options>();
  if ((name === undefined) !== (options.latest === true)) {
    throw new Error("restore: name a backup, or give --latest for the newest one; not both");
  }
  await beginChange("restore", options);
  return restore(name, options);
}

async function restore(name: string | undefined, options: Options): Promise<number> {
  const { stack, service, json } = options;
  const key = readKey(options.keyFile);
  const act = async (context: BackupContext) => {
    const manifest = await findBackup(context.store, name);
    const pairs = await pairDatabases(context, manifest, service);
    requireKey(manifest, key);
    const unfit = await findUnfit(context, manifest, pairs);
    if (unfit.length > 0 && !options.otherSchema) throw new Error(unfit.join("\n"));
    const others = othersIn(manifest, service);
    const { restorable, byHand } = splitOthers(context, others);
    const names = [
      ...pairs.map(({ live }) => live.database),
      ...restorable.map((it) => it.database),
    ];
    const ways = byHand.map((dump) => wayByHand(context, manifest, dump));
    if (names.length === 0) throw new Error(ways.join("\n"));
    const databases = names.join(", ");
    for (const problem of unfit) console.error(pc.yellow(problem));
    const question =
      `backup ${manifest.name} of ${manifest.at} takes the place of ${databases} in ${stack}: what was written since is ` +
      "no longer seen, and sessions are ended";
    if (!(await isAgreed(question, options.yes))) return 1;
    // Standard output is the result's alone where a program reads it.
    const say = json ? console.error : console.log;
    const done = await restoreBackup(context, manifest, { pairs, others }, key, say);
    if (json) console.log(JSON.stringify(done));
    else {
      console.log(`restored ${databases} from ${done.backup}; before it: backup ${done.safety}`);
      if (done.replaced.length > 0) {
        console.log(`what was replaced stays until the next restore: ${done.replaced.join(", ")}`);
      }
      for (const way of ways) console.log(pc.yellow(way));
    }
    return 0;
  };
  return useBackups(stack, act, { hold: { command: "restore" } });
}
