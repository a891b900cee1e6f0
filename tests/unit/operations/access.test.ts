import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { machineLog } from "../../../operations/shared/beginChange";
import type { StackEvent } from "../../../records/event";
import { COMMAND_ROLES } from "../../../rules/access/commandRoles";
import { mainOf, readCommands, readProgram } from "../../support/commandTree";

/** What a command needs to be called at all. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  block: ["198.51.100.7"],
  console: ["web"],
  doctor: ["--fix"],
  exec: ["web", "true"],
  restore: ["--latest"],
  prune: ["--yes"],
  "stateful update": ["cache"],
  "stateful remove": ["cache"],
  throttle: ["198.51.100.7"],
  unblock: ["198.51.100.7"],
  approve: ["a23456789abc", "--replaces", "none"],
  "secrets set": ["KEY", "--service", "web"],
  "secrets import": ["file.env"],
  "secrets rotate": ["KEY", "--service", "web"],
  "secrets restore": ["v1", "--service", "web"],
  "migrate create": ["--message", "x"],
  "migrate restore": ["--file", "x"],
};
const PREVIEWS = [
  "rollback",
  "migrate down",
  "history prune",
  "certificate renew",
  "stateful update",
];
/** Goes on record when it has seen that there is anything to do: a timer calls it twice a day. */
const RECORDS_LATER = ["certificate renew"];

let root: string;
const before = process.cwd();

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-access-"));
  writeFileSync(path.join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  writeFileSync(path.join(root, "Pulumi.demo.yaml"), "config: {}\n");
  process.chdir(root);
});

afterEach(() => {
  process.chdir(before);
  jest.restoreAllMocks();
  delete process.env["MAESTRO_REASON"];
  delete process.env["MAESTRO_BREAK_GLASS"];
  rmSync(root, { recursive: true });
});

const changing = Object.keys(COMMAND_ROLES).filter((name) => COMMAND_ROLES[name] !== "viewer");

function run(command: string, ...more: string[]): Promise<unknown> {
  const [name = "", ...sub] = command.split(" ");
  const stack = command === "leave" ? [] : ["--stack", "demo"];
  return mainOf(name)([...sub, ...(ARGUMENTS[command] ?? []), ...stack, ...more]);
}

const refusalOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

describe("every command for people", () => {
  it("has a role, and is told why exactly where it changes something", async () => {
    const commands = await readCommands();
    expect([...commands.keys()].sort()).toEqual(Object.keys(COMMAND_ROLES).sort());
    const reasoned = [...commands].filter(([, command]) =>
      command.options.some(({ long }) => long === "--reason"),
    );
    expect(reasoned.map(([name]) => name).sort()).toEqual([...changing].sort());
  });

  it.each(changing)("%s is refused to a viewer, before anything is touched", async (command) => {
    writeFileSync(path.join(root, "access.yaml"), "roles: {}\n");
    const files = readdirSync(root);
    const refusal = await refusalOf(run(command));
    const of = command === "leave" ? "" : " of stack demo";
    expect(refusal).toContain(
      `maestro ${command}${of}: needs the role ${COMMAND_ROLES[command]}, got viewer for os user `,
    );
    expect(refusal).toContain(`${path.join(root, "access.yaml")} says who has it`);
    expect(readdirSync(root)).toEqual(files);
  });

  it.each(PREVIEWS)("%s --preview is refused to nobody", async (command) => {
    writeFileSync(path.join(root, "access.yaml"), "roles: {}\n");
    expect(await refusalOf(run(command, "--preview"))).not.toContain("needs the role");
  });

  it.each(changing)("%s is on record with who, where and why, though it fails", async (command) => {
    jest.spyOn(console, "error").mockReturnValue();
    jest.spyOn(console, "log").mockReturnValue();
    await refusalOf(beginOnly(command));
    const events: StackEvent[] = await machineLog().list();
    expect(events).toEqual([
      expect.objectContaining({ number: 1, kind: "command", command, reason: "because" }),
    ]);
    expect(events[0]).toMatchObject({
      where: { host: expect.any(String) as string, user: expect.any(String) as string },
      previous: null,
      ...(command === "leave" ? {} : { stack: "demo" }),
    });
  });
});

/** Ends a command right after it has begun: what it does is no matter here. */
async function beginOnly(command: string): Promise<unknown> {
  const [name = ""] = command.split(" ");
  const program = await readProgram(name);
  const sub = program.commands.find((each) => `${name} ${each.name()}` === command);
  // One without subcommands calls it by itself.
  if (!sub || RECORDS_LATER.includes(command)) {
    const { beginChange } = await import("../../../operations/shared/beginChange");
    return beginChange(command, {
      reason: "because",
      ...(command === "leave" ? {} : { stack: "demo" }),
    });
  }
  const stop = () => Promise.reject(new Error("begun"));
  sub.action(stop);
  return program.parseAsync(
    [sub.name(), ...(ARGUMENTS[command] ?? []), "--stack", "demo", "--reason", "because"],
    { from: "user" },
  );
}

describe("who has the role", () => {
  const me = () => {
    mkdirSync(path.join(root, ".maestro"), { recursive: true });
    const { osUser } =
      jest.requireActual<typeof import("../../../config/osUser")>("../../../config/osUser");
    return osUser().name;
  };

  it("is on record with it, and with the rules that gave it", async () => {
    writeFileSync(path.join(root, "access.yaml"), `roles: { operator: [{ os: ${me()} }] }\n`);
    const { beginChange } = await import("../../../operations/shared/beginChange");
    await beginChange("secrets set", { stack: "acme/shop/demo" });
    expect(await machineLog().list()).toEqual([
      expect.objectContaining({
        ...{ kind: "command", command: "secrets set", stack: "demo" },
        ...{ caller: `os user ${me()}`, roles: ["viewer", "operator"] },
        access: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      }),
    ]);
  });

  it("is refused what needs another one", async () => {
    writeFileSync(path.join(root, "access.yaml"), `roles: { admin: [{ os: ${me()} }] }\n`);
    expect(await refusalOf(run("approve"))).toContain(
      "needs the role approver, got viewer and admin",
    );
  });
});
