import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { instanceRoot, packageRoot } from "../config/project";
import { commandNames } from "./shared/commandList";

/**
 * What each shell asks at a tab: `maestro completion words <words so far>`, the last of them unfinished. So the shell's
 * part never has to change, and offers what the commands' own help says.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_maestro() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" completion words "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _maestro maestro`,
  zsh: `#compdef maestro
_maestro() {
  compadd -- \${(f)"$(\${words[1]} completion words "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _maestro maestro`,
  fish: `function __maestro_words
  set -l done (commandline -opc)
  set -l current (commandline -ct)
  $done[1] completion words $done[2..-1] "$current" 2>/dev/null
end
complete -c maestro -f -a '(__maestro_words)'`,
};

const USAGE = `usage: maestro completion bash|zsh|fish

Prints completion for a shell:
  bash  eval "$(maestro completion bash)"   in ~/.bashrc
  zsh   eval "$(maestro completion zsh)"    in ~/.zshrc, after compinit
  fish  maestro completion fish | source    in ~/.config/fish/config.fish`;

/** Prints completion for a shell, or the words that fit at a place. */
export function main([shell = "", ...words]: readonly string[]): Promise<number> {
  const script = SCRIPTS[shell];
  if (shell === "words") {
    console.log(wordsFor(words).join("\n"));
  } else if (script !== undefined) {
    console.log(script);
  } else {
    const isHelp = ["", "--help", "-h"].includes(shell);
    (isHelp ? console.log : console.error)(isHelp ? USAGE : `${shell}: unknown shell\n${USAGE}`);
    return Promise.resolve(isHelp ? 0 : 1);
  }
  return Promise.resolve(0);
}

/** Words that may stand in the place of the last one. */
export function wordsFor(words: readonly string[], askHelp = helpOf): string[] {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  return candidatesAfter(before, current, askHelp).filter((word) => word.startsWith(current));
}

function candidatesAfter(
  before: readonly string[],
  current: string,
  askHelp: (words: readonly string[]) => string,
): readonly string[] {
  const [command, second] = before.filter((word) => !word.startsWith("-"));
  if (command === undefined) return commandNames();
  if (before.at(-1) === "--stack") return stackNames();
  if (command === "completion") return Object.keys(SCRIPTS);
  // Options are never passed on: one that wants a value would take `--help` for it.
  const help = askHelp(second === undefined ? [command] : [command, second]);
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name = ""]) => name);
  const section = /^Commands:\n((?: .*\n?)*)/m.exec(help)?.[1] ?? "";
  const subcommands = [...section.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name);
  return current.startsWith("-") || subcommands.length === 0 ? options : subcommands;
}

function helpOf(words: readonly string[]): string {
  const launcher = path.join(packageRoot(), "bin", "maestro.js");
  const [command = ""] = words;
  if (!commandNames().includes(command)) return "";
  return spawnSync(process.execPath, [launcher, ...words, "--help"], { encoding: "utf8" }).stdout;
}

function stackNames(): string[] {
  return readdirSync(instanceRoot()).flatMap((file) => {
    const [, name] = /^Pulumi\.([^.]+)\.yaml$/.exec(file) ?? [];
    return name === undefined ? [] : [name];
  });
}
