import { Command } from "commander";
import { HAND_LENGTHS } from "../../rules/edge/byHand";
import { addReason, beginChange } from "../shared/beginChange";
import { examplesOf } from "../shared/examples";
import { DEFAULT_STACK } from "../shared/stackFile";
import { readRule } from "./options";
import { impose } from "./rules";
import { showRule } from "./show";

interface Options {
  readonly stack: string;
  readonly for: string;
  readonly json?: boolean;
  readonly reason?: string;
}

/** Runs a command that has the edge do something with one client's requests for a while. */
export async function runAddressCommand(
  name: "block" | "throttle",
  says: string,
  argv: string[],
): Promise<number> {
  const kind = name === "block" ? "blocked" : "throttled";
  const command = addReason(new Command(name))
    .description(says)
    .argument("<address>", "the client, IPv4 or IPv6, as the edge's access log names it")
    .option("--stack <name>", "stack that is meant", DEFAULT_STACK)
    .option("--for <duration>", "when it ends by itself", HAND_LENGTHS[kind].usual)
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf(name))
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  await beginChange(name, options);
  const wanted = readRule(kind, options, command.args[0]);
  return showRule(options, await impose(options.stack, wanted), wanted.seconds);
}
