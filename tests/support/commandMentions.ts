import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../config/project";
import { readPage } from "./markdown";

/** A command of the program that a page names. */
export interface CommandMention {
  /** What stands in the page, from the command's name on. */
  readonly said: string;
  /** `npm run <name>`: a script of package.json; `maestro <name>`: a command; `make <name>`: a target. */
  readonly by: "npm run" | "maestro" | "make";
  readonly name: string;
  /** What follows the name: words, options and placeholders. */
  readonly words: readonly string[];
}

/** What a command's `--help` says that it takes. */
export interface CommandHelp {
  readonly exists: boolean;
  readonly options: ReadonlySet<string>;
  readonly subcommands: ReadonlySet<string>;
}

const MENTION =
  /(?:(npm run)(?: --silent)?|node bin\/(maestro)\.js|(?<![\w./-])(?:npx (?:--no-install )?)?(maestro)|^(make)) ([a-z][\w:-]*)([^\n]*)/gm;
/** Where a command ends on its line: a comment, another command, a place for its output. */
const END = /(?:\s#|\s?&&|;|\s\|\|?\s(?=(?:sed|source|head|tee|exit)\b)|\s2?>|\)"?$|" ?}).*$/;

/** All commands of the program that a page names: in its text as code, and in its blocks. */
export function commandsOf(page: string): CommandMention[] {
  const { blocks, code } = readPage(page);
  const texts = [...code, ...blocks.map(({ text }) => text.replace(/\\\n\s*/g, ""))];
  return texts.flatMap((text) =>
    [...text.matchAll(MENTION)].map(([said, npm, launcher, bare, make, name = "", rest = ""]) => ({
      said: said.trim(),
      by: (npm ?? launcher ?? bare ?? make) as CommandMention["by"],
      name,
      words: rest
        .replace(END, "")
        .replace(/[[\]]/g, " ")
        .split(/\s+/)
        .filter((word) => word !== "" && word !== "--"),
    })),
  );
}

const helps = new Map<string, CommandHelp>();

/** What the program itself says of a command. @param words its name, and that of a subcommand. */
export function helpOf(...words: readonly string[]): CommandHelp {
  const key = words.join(" ");
  const known = helps.get(key);
  if (known) return known;
  const launcher = path.join(packageRoot(), "bin", "maestro.js");
  const run = spawnSync(process.execPath, [launcher, ...words, "--help"], { encoding: "utf8" });
  const options = run.stdout.matchAll(/^ {2}(-\w|--[\w-]+)(?:, (--[\w-]+))?/gm);
  const section = /^Commands:\n((?: .*\n?)*)/m.exec(run.stdout)?.[1] ?? "";
  const help = {
    exists: run.status === 0,
    options: new Set([...options].flatMap(([, ...names]) => names.filter(Boolean))),
    subcommands: new Set([...section.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name!)),
  };
  helps.set(key, help);
  return help;
}

/** The program's command behind a script of package.json; undefined: it is another program's. */
export function scriptOf(name: string): { exists: boolean; command: string | undefined } {
  const { scripts } = JSON.parse(
    readFileSync(path.join(packageRoot(), "package.json"), "utf8"),
  ) as { scripts: Record<string, string> };
  const command = /^node bin\/maestro\.js (\S+)$/.exec(scripts[name] ?? "")?.[1];
  return { exists: name in scripts, command };
}
