import { readFileSync } from "node:fs";
import path from "node:path";
import { commandNames } from "../../../operations/shared/commandList";
import { packageRoot } from "../../../config/project";
import {
  commandsOf,
  helpOf,
  scriptOf,
  type CommandHelp,
  type CommandMention,
} from "../../support/commandMentions";
import { guidePages } from "../../support/markdown";

const TARGETS = readFileSync(path.join(packageRoot(), "Makefile"), "utf8");

describe.each(guidePages())("%s", (page) => {
  it("names commands, subcommands and options that there are", () => {
    expect(commandsOf(page).flatMap(problemsOf)).toEqual([]);
  });
});

it("a project of one's own has the scripts for people that this repository has", () => {
  const scriptsOf = (file: string) =>
    (JSON.parse(readFileSync(path.join(packageRoot(), file), "utf8")) as { scripts: object })
      .scripts;
  const ours = Object.keys(scriptsOf("package.json")).filter((name) =>
    commandNames().includes(scriptOf(name).command ?? ""),
  );
  expect(Object.keys(scriptsOf("templates/instance/package.json")).sort()).toEqual(ours.sort());
});

describe("the check of commands", () => {
  const mention = (name: string, ...words: string[]): CommandMention => ({
    ...{ said: [name, ...words].join(" "), by: "maestro", name, words },
  });

  it.each([
    ["a command that there is not", mention("promote")],
    ["an option that there is not", mention("rollback", "--release", "<id>")],
    ["a subcommand that there is not", mention("releases", "show")],
    ["an option of another subcommand", mention("releases", "list", "--noted", "1:a")],
  ])("finds %s", (_what, wrong) => {
    expect(problemsOf(wrong)).toHaveLength(1);
  });

  it("reads what a page says to its end, and no further", () => {
    const mentions = commandsOf("README.md").map(({ said, words }) => [said, words] as const);
    expect(
      new Map(mentions).get(
        "npm run rollback -- --to <id>      # to another one; `npm run status` lists the ids",
      ),
    ).toEqual(["--to", "<id>"]);
  });
});

function problemsOf(mention: CommandMention): string[] {
  const { by, name, said } = mention;
  if (by === "make") {
    return new RegExp(`^${name}:`, "m").test(TARGETS) ? [] : [`make ${name}: no such target`];
  }
  const command = by === "npm run" ? scriptOf(name) : { exists: true, command: name };
  if (!command.exists) return [`${said}: no such script in package.json`];
  return command.command === undefined ? [] : findWrongWords(command.command, mention);
}

function findWrongWords(command: string, { said, words }: CommandMention): string[] {
  const help = helpOf(command);
  if (!help.exists) return [`${said}: no such command`];
  if (help.subcommands.size === 0) return findWrongOptions(help, said, words);
  const names = words.filter((word) => /^[a-z]/.test(word));
  const isNamed = words[0] !== undefined && /^[a-z]/.test(words[0]);
  if (!isNamed) return findWrongOptions(help, said, words);
  // `up | batch`: each of them.
  const chosen = names.filter(
    (each, index) => index === 0 || words[words.indexOf(each) - 1] === "|",
  );
  return chosen.flatMap((each) =>
    help.subcommands.has(each)
      ? findWrongOptions(helpOf(command, each), said, words)
      : [`${said}: no such subcommand as ${each}`],
  );
}

function findWrongOptions(help: CommandHelp, said: string, words: readonly string[]): string[] {
  return words
    .filter((word) => word.startsWith("-") && word.length > 1)
    .map((word) => word.replace(/=.*$/, ""))
    .filter((option) => !["--help", "-h"].includes(option) && !help.options.has(option))
    .map((option) => `${said}: no such option as ${option}`);
}
