import type { Command } from "commander";
import { COMMAND_ROLES } from "../../../rules/access/commandRoles";
import { readCommands } from "../../support/commandTree";

jest.mock("../../../operations/shared/beginChange", () => ({
  ...jest.requireActual<object>("../../../operations/shared/beginChange"),
  beginChange: () => Promise.resolve(),
}));

/** `completion` has a help of its own, with how each shell calls it. */
const NAMES = Object.keys(COMMAND_ROLES).filter((name) => name !== "completion");
let commands: ReadonlyMap<string, Command>;

beforeAll(async () => {
  commands = await readCommands();
});

/** All that `--help` prints. */
function helpOf(command: Command): string {
  let text = "";
  const configured = command.configureOutput({ writeOut: (written) => (text += written) });
  configured.outputHelp();
  return text;
}

/** The lines below `Example:`. */
function examplesIn(help: string): string[] {
  const [, after = ""] = /\nExamples?:\n((?: {2}.+\n)+)/.exec(`${help}\n`) ?? [];
  return after.split("\n").flatMap((line) => (line === "" ? [] : [line.trim()]));
}

/** The words of a line's call of maestro, as a shell makes them; null: it calls something else. */
function wordsOf(line: string): string[] | null {
  const [, call] = /(?:^|\| |\$\()maestro ([^|<>)]*)/.exec(line) ?? [];
  const words = call?.match(/'[^']*'|\S+/g);
  return words ? words.map((word) => word.replace(/^'|'$/g, "")) : null;
}

/** What commander says against a call; null: it takes it. */
async function refusalOf(words: readonly string[]): Promise<string | null> {
  const isSub = commands.has(`${words[0]} ${words[1]}`);
  const name = words.slice(0, isSub ? 2 : 1).join(" ");
  const command = commands.get(name);
  if (command === undefined) return `${name}: no such command`;
  let taken = false;
  command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action(() => {
      taken = true;
    });
  try {
    await command.parseAsync(words.slice(isSub ? 2 : 1), { from: "user" });
    return taken ? null : `${name}: was not called`;
  } catch (error) {
    return (error as Error).message;
  }
}

it.each(NAMES)("%s --help shows a call of it that commander takes", async (name) => {
  const lines = examplesIn(helpOf(commands.get(name)!)).map(wordsOf);
  expect(lines.some((words) => words?.join(" ").startsWith(name))).toBe(true);
  for (const words of lines) if (words) expect(await refusalOf(words)).toBeNull();
});

it.each(NAMES.filter((name) => name.includes(" ")))("%s: its command's help has one", (name) => {
  const program = commands.get(name)!.parent!;
  expect(examplesIn(helpOf(program))).not.toEqual([]);
});

describe("the check of examples", () => {
  it.each([
    ["an option that there is not", "rollback --release x"],
    ["a value that is missing", "pause --for"],
    ["an argument that is missing", "block --stack demo"],
    ["an argument too many", "resume now"],
    ["a required option that is missing", "secrets set KEY"],
    ["a command that there is not", "promote"],
  ])("finds %s", async (_what, call) => {
    expect(await refusalOf(wordsOf(`maestro ${call}`)!)).toMatch(/error: |no such command/);
  });

  it("reads a call as a shell does", () => {
    expect(wordsOf("docker logs x 2>/dev/null | maestro judge --replay -")).toEqual([
      ...["judge", "--replay", "-"],
    ]);
    expect(wordsOf("maestro releases accept --reason 'a new disk'")).toContain("a new disk");
    expect(wordsOf("pulumi up")).toBeNull();
  });
});
