import { Command } from "commander";
import { addReason, beginChange } from "./shared/beginChange";
import { recoverStack } from "./shared/recovery";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

/** `unlock`: makes a stack ready again after its deployer died. One whose deployer may still live is left alone. */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("unlock"))
    .description(
      "Makes a stack ready again after an update was killed: removes its lock, once the process is proven dead, and " +
        "settles what it had begun.",
    )
    .option("--stack <name>", "stack to free", DEFAULT_STACK)
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("unlock"))
    .parse(argv, { from: "user" })
    .opts<{ stack: string; json?: boolean; reason?: string }>();
  const { stack, json } = options;
  await beginChange("unlock", options);
  const { removed, held, settled } = await recoverStack(stack);
  if (json) console.log(JSON.stringify({ stack, removed, held, settled }));
  else printReport(stack, removed, held, settled);
  return held.length === 0 ? 0 : 1;
}

function printReport(
  stack: string,
  removed: readonly string[],
  held: readonly string[],
  settled: readonly string[],
): void {
  for (const lock of removed) {
    console.log(`removed the lock of ${lock}, which does not run any more`);
  }
  for (const line of settled) console.log(line);
  for (const lock of held) console.error(`${stack} is locked by ${lock}`);
  if (removed.length + held.length + settled.length === 0) console.log(`${stack} is free`);
}
