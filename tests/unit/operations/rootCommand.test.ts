import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../../config/project";
import { wordsFor } from "../../../operations/completion";
import { commandNames } from "../../../operations/shared/commandList";

const run = (...args: string[]) =>
  spawnSync("node", ["bin/maestro.js", ...args], { cwd: packageRoot(), encoding: "utf8" });

const HELP = `Usage: secrets [options] [command]

Options:
  -h, --help               display help for command

Commands:
  list [options]           Shows names
  set [options] <key>      Sets one key
                           and no other
`;

/** `plan-comment` is planComment.ts. */
const fileNameOf = (name: string) =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe("the root command", () => {
  it("lists the commands for people, and no step", () => {
    const { stdout, status } = run("--help");
    expect(status).toBe(0);
    for (const name of commandNames()) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    const steps = readdirSync(path.join(packageRoot(), "steps")).filter((it) => it.endsWith(".ts"));
    for (const file of steps) expect(stdout).not.toContain(` ${path.basename(file, ".ts")} `);
  });

  it("lists only what is there", () => {
    const files = commandNames().map((name) =>
      path.join(packageRoot(), "operations", `${fileNameOf(name)}.ts`),
    );
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it("says that a command is unknown, and what was meant", () => {
    const { stderr, status } = run("rolback", "--preview");
    expect(status).toBe(2);
    expect(stderr).toBe('"rolback": unknown command; did you mean `rollback`?\n');
    expect(run("../x").stderr).toContain("`maestro --help` lists the commands");
  });
});

describe("completion", () => {
  const help = () => HELP;

  it("offers commands, their commands, options and stacks", () => {
    expect(wordsFor(["ro"], help)).toEqual(["rollback", "rollout"]);
    expect(wordsFor(["secrets", "s"], help)).toEqual(["set"]);
    expect(wordsFor(["secrets", "--"], help)).toEqual(["--help"]);
    expect(wordsFor(["status", "--stack", "dev"], help)).toEqual(["development"]);
    expect(wordsFor(["completion", ""], help)).toEqual(["bash", "zsh", "fish"]);
  });

  it("works in bash", () => {
    const script = `eval "$(node bin/maestro.js completion bash)"
      maestro() { node bin/maestro.js "$@"; }
      COMP_WORDS=(maestro status --st); COMP_CWORD=2; _maestro; echo "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync("bash", ["-c", script], { cwd: packageRoot(), encoding: "utf8" });
    expect(stdout).toBe("--stack\n");
  });
});
