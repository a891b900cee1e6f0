import { Command } from "commander";
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

/** `resume`: lets held requests go on to the set that serves. */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("resume"))
    .description("Lets the requests that `maestro pause` holds go on, within half a second.")
    .option("--stack <name>", "stack whose users wait", DEFAULT_STACK)
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("resume"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  await beginChange("resume", options);
  const lifted = await lift(options.stack, ({ kind }) => kind === "pause");
  return showLifted(options, lifted, "no requests are held");
}
