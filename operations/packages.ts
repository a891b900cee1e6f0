import { Command } from "commander";
import pc from "picocolors";
import { stackFilePath } from "../config/project";
import { findDeclaredServices } from "./images/declaredServices";
import { buildWheels } from "./packages/buildWheels";
import { downloadHash } from "./packages/indexClient";
import { lockServices } from "./packages/lockServices";
import {
  comparePackages,
  packagesDirectory,
  publishPackages,
  versionsOf,
  type ComparedPackage,
} from "./packages/publish";
import { findPackages } from "./packages/sources";
import { ensureIndex, loginOf, readPackages, writeVersions } from "./packages/stackIndex";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly source?: string;
  readonly file?: string;
  readonly json?: boolean;
}

/** Shared packages: built reproducibly, published once a version, compared with what the index really has. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("packages").description("Shared Python packages and their index.");
  const add = (name: string, text: string, action: (options: Options) => Promise<number>) =>
    addSubcommand(program, name, text, "stack whose maestro:packages names the index")
      .option("--source <directory>", "where the packages are (default: examples/packages)")
      .option("--file <path>", "stack file (default: Pulumi.<stack>.yaml)")
      .action(async (options: Options) => {
        code = await action(options);
      });
  add("publish", "Uploads new versions; the same content again does nothing.", publish);
  add("list", "Shows each package's version, hash and whether the index has it.", list);
  add(
    "verify",
    "Downloads each package and compares it with its source; fails unless equal.",
    verify,
  );
  add("lock", "Rewrites every service's requirements.txt, with hashes.", lock);
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function readStack(options: Options) {
  const stack = options.stack.slice(options.stack.lastIndexOf("/") + 1);
  const file = options.file ?? stackFilePath(stack);
  const settings = readPackages(file);
  const source = options.source ?? packagesDirectory();
  if (source === null) {
    throw new Error(
      "--source: is required, this project has no examples/packages; name the directory of its packages",
    );
  }
  return { stack, file, settings, source, login: loginOf(settings) };
}

async function publish(options: Options): Promise<number> {
  const { file, settings, source } = readStack(options);
  await ensureIndex(settings);
  const packages = await publishPackages(settings, source);
  const changed = writeVersions(file, versionsOf(packages));
  print(options, packages, { changed });
  return 0;
}

async function list(options: Options): Promise<number> {
  const { settings, source, login } = readStack(options);
  await ensureIndex(settings);
  const wheels = await buildWheels(findPackages(source));
  print(options, await comparePackages(settings, login, wheels));
  return 0;
}

async function verify(options: Options): Promise<number> {
  const { settings, source, login } = readStack(options);
  await ensureIndex(settings);
  const compared = await comparePackages(settings, login, await buildWheels(findPackages(source)));
  const checked = await Promise.all(
    compared.map(async (each) => {
      if (!each.indexFile) return each;
      const equal = (await downloadHash(each.indexFile, login)) === each.sha256;
      return { ...each, state: equal ? ("present" as const) : ("differs" as const) };
    }),
  );
  print(options, checked);
  return checked.every(({ state }) => state === "present") ? 0 : 1;
}

async function lock(options: Options): Promise<number> {
  const { stack, file, settings, source } = readStack(options);
  const { services } = findDeclaredServices(file, stack, []);
  await ensureIndex(settings);
  const published = await publishPackages(settings, source);
  const changed = await lockServices(
    settings,
    published.map(({ name }) => name),
    services,
  );
  if (options.json) console.log(JSON.stringify({ changed }));
  else console.log(changed.length === 0 ? "nothing changed" : `changed: ${changed.join(", ")}`);
  return 0;
}

function print(options: Options, packages: readonly ComparedPackage[], more: object = {}): void {
  if (options.json) {
    const shown = packages.map(({ name, version, sha256, state }) => {
      return { name, version, sha256, state };
    });
    console.log(JSON.stringify({ packages: shown, ...more }));
    return;
  }
  const width = Math.max(0, ...packages.map(({ name }) => name.length));
  for (const { name, version, sha256, state } of packages) {
    const shown = state === "present" ? pc.dim(state) : pc.green(state);
    console.log(`${name.padEnd(width)}  ${version}  ${sha256.slice(0, 12)}  ${shown}`);
  }
}
