import { Command } from "commander";
import pc from "picocolors";
import { addSessionOptions, runSession, type SessionOptions } from "./exec/session";
import { examplesOf } from "./shared/examples";

/** What the Engine and shells say of a command that cannot be started. */
const NOT_STARTED = [126, 127];

/** `exec`: runs a command inside of a service's container, or in one beside it. Its exit code is the command's. */
export async function main(argv: string[]): Promise<number> {
  const program = addSessionOptions(
    new Command("exec")
      .description(
        "Runs a command inside of a service's container; the exit code is the command's.",
      )
      .argument("<service>")
      .argument("<command...>", "what to run, with all that it is told"),
  )
    .addHelpText("after", examplesOf("exec"))
    .parse(argv, { from: "user" });
  const [service = "", ...command] = program.args;
  const options = program.opts<SessionOptions>();
  const isBeside = options.image !== undefined;
  const code = await runSession("exec", service, options, () =>
    Promise.resolve({ command, isBeside }),
  );
  if (NOT_STARTED.includes(code) && !isBeside) {
    console.error(
      pc.dim(
        `where ${service}'s image has no such command, --image runs it in a container beside it`,
      ),
    );
  }
  return code;
}
