import { Command } from "commander";
import { HAND_LENGTHS } from "../rules/edge/byHand";
import { readRule } from "./byHand/options";
import { impose } from "./byHand/rules";
import { showRule } from "./byHand/show";
import { addReason, beginChange } from "./shared/beginChange";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly for: string;
  readonly json?: boolean;
  readonly reason?: string;
}

/** `pause`: has the edge hold new requests for some seconds, as a database's fail-over takes. */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("pause"))
    .description("Holds new requests until `maestro resume`, at most for so long; then they go on.")
    .option("--stack <name>", "stack whose users wait", DEFAULT_STACK)
    .option("--for <duration>", "when it ends by itself", HAND_LENGTHS.pause.usual)
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("pause"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  await beginChange("pause", options);
  const wanted = readRule("pause", options);
  return showRule(options, await impose(options.stack, wanted), wanted.seconds);
}
