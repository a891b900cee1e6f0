import { Command } from "commander";
import { clientAddress } from "../rules/edge/byHand";
import { lift } from "./byHand/rules";
import { showLifted } from "./byHand/show";
import { addReason, beginChange } from "./shared/beginChange";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
  readonly reason?: string;
}

/** `unblock`: ends what `block` and `throttle` have begun. */
export async function main(argv: string[]): Promise<number> {
  const command = addReason(new Command("unblock"))
    .description("Takes a client's requests again that is blocked or throttled.")
    .argument("<address>", "the client")
    .option("--stack <name>", "stack that is meant", DEFAULT_STACK)
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("unblock"))
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  await beginChange("unblock", options);
  const address = clientAddress(command.args[0]!, "address");
  const lifted = await lift(options.stack, (rule) => rule.address === address);
  return showLifted(options, lifted, `${address} is neither blocked nor throttled`);
}
