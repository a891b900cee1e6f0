import { Command } from "commander";
import pc from "picocolors";
import {
  diffSecrets,
  generateSecrets,
  importSecrets,
  listSecrets,
  restoreSecrets,
  rotateSecrets,
  setSecret,
  type SecretDifference,
  type SecretStatus,
} from "./secrets/commands";
import { SecretsContext, type SecretChange } from "./secrets/context";
import { redeliver } from "./secrets/redeliver";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
  readonly service?: string;
  readonly stdin?: boolean;
}

/** `secrets`: what services' secrets there are, and changes to them. Shows names and versions, never a value. */
export async function main(argv: string[]): Promise<void> {
  const program = new Command("secrets").description(
    "Lists and changes the secrets of a stack's services. Values come from standard input or a file, are never " +
      "arguments, and are never shown. A change reaches the services with the next release.",
  );
  const add = (name: string, says: string) =>
    addSubcommand(program, name, says, "stack whose secrets these are");
  const one = ["--service <name>", "the service"] as const;
  const some = ["--service <name>", "only this service"] as const;

  add("list", "Shows names and versions, what is missing, and which version serves.")
    .option(...some)
    .action(async (options: Options) => {
      await run(options, (context) => listSecrets(context, options.service), printStatus);
    });
  add("set <key>", "Sets one key to what standard input has.")
    .requiredOption(...one)
    .action(async (key: string, options: Options & { service: string }) => {
      await run(options, (context) => setSecret(context, options.service, key), printChanges);
    });
  add("import <file>", "Takes the keys that services declare from a .env file.")
    .option(...some)
    .action(async (file: string, options: Options) => {
      await run(
        options,
        (context) => importSecrets(context, file, options.service),
        ({ changes, unused, notes }) => {
          printChanges(changes);
          for (const note of notes) console.error(pc.yellow(note));
          if (unused.length > 0) console.log(`no service declares ${unused.join(", ")}: left out`);
          console.error(
            pc.yellow(`${file} holds the values in clear text: remove it, or keep it out of git`),
          );
        },
      );
    });
  add("generate", "Gives every declared key that has no value a random one.")
    .option(...some)
    .action(async (options: Options) => {
      await run(
        options,
        (context) => generateSecrets(context, options.service),
        ({ changes, open }) => {
          printChanges(changes);
          for (const key of open) console.log(`${key} cannot be random; give it by \`set\``);
        },
      );
    });
  add("rotate <keys...>", "Replaces values by random ones; those before stay the previous version.")
    .requiredOption(...one)
    .option("--stdin", "take the new value of one key from standard input")
    .action(async (keys: string[], options: Options & { service: string }) => {
      const { service, stdin = false } = options;
      await run(options, (context) => rotateSecrets(context, service, keys, stdin), printChanges);
    });
  add("restore <version>", "Makes an older version the current one again.")
    .requiredOption(...one)
    .action(async (version: string, options: Options & { service: string }) => {
      await run(
        options,
        (context) => restoreSecrets(context, options.service, version),
        printChanges,
      );
    });
  add("diff", "Shows which keys the next release would change for what serves.")
    .option(...some)
    .action(async (options: Options) => {
      await run(options, (context) => diffSecrets(context, options.service), printDifferences);
    });
  add(
    "deliver",
    "After a restart of the host: puts both sets' files back, and starts what needs them.",
  ).action(async (options: Options) => {
    show(options, await redeliver(options.stack), (lines) =>
      lines.forEach((line) => console.log(line)),
    );
  });
  await program.parseAsync(argv, { from: "user" });
}

/** Does it to the stack's secrets, and shows what came of it. */
async function run<T>(
  options: Options,
  action: (context: SecretsContext) => Promise<T>,
  print: (result: T) => void,
): Promise<void> {
  show(options, await SecretsContext.use(options.stack, action), print);
}

function show<T>({ json }: Options, result: T, print: (result: T) => void): void {
  if (json) console.log(JSON.stringify(result, null, 2));
  else print(result);
}

function printChanges(changes: readonly SecretChange[]): void {
  for (const { service, version, keys } of changes) {
    console.log(`${pc.bold(service)}  ${keys.join(", ")}  version ${version}`);
  }
  console.log(
    changes.length > 0 ? "the next `pulumi up` releases the services with it" : "nothing to change",
  );
}

function printStatus(services: readonly SecretStatus[]): void {
  if (services.length === 0) console.log("no service has secrets");
  for (const { service, secret, current, previous, serving, keys, missing } of services) {
    console.log(`${pc.bold(service)}  (${secret})`);
    console.log(`  keys: ${keys.join(", ") || "(none)"}`);
    if (missing.length > 0) console.log(pc.red(`  missing: ${missing.join(", ")}`));
    console.log(
      `  current ${current ?? "(none)"}, previous ${previous ?? "(none)"}, serving ${serving ?? "(none)"}`,
    );
  }
}

function printDifferences(differences: readonly SecretDifference[]): void {
  if (differences.length === 0) console.log("what serves has the current versions");
  for (const { service, from, to, added, removed, changed } of differences) {
    console.log(`${pc.bold(service)}  ${from} -> ${to}`);
    for (const key of added) console.log(`  + ${key}`);
    for (const key of removed) console.log(`  - ${key}`);
    for (const key of changed) console.log(`  ~ ${key}`);
  }
}
