import { Command } from "commander";
import { addReason, beginChange } from "./shared/beginChange";
import { isAgreed } from "./shared/isAgreed";
import { freeStack, type RecoveryReport } from "./shared/recovery";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

/** `unlock`: makes a stack ready again after its deployer died. One whose deployer may still live is left alone. */
export async function main(argv: string[]): Promise<number> {
  const options = addReason(new Command("unlock"))
    .description(
      "Makes a stack ready again after an update was killed: removes its lock, once the process is proven dead, and " +
        "settles what it had begun. Where Pulumi's lock is not in a directory, it takes away what killed commands and updates " +
        "have noted on the host.",
    )
    .option("--stack <name>", "stack to free", DEFAULT_STACK)
    .option("--yes", "do not ask before what was noted on the host is taken away")
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("unlock"))
    .parse(argv, { from: "user" })
    .opts<{ stack: string; yes?: boolean; json?: boolean; reason?: string }>();
  const { stack, json, yes } = options;
  await beginChange("unlock", options);
  const ask = (question: string) => isAgreed(question, yes);
  const { removed, held, settled, advice } = await freeStack(stack, ask);
  if (json) console.log(JSON.stringify({ stack, removed, held, settled }));
  else printReport({ removed, held, settled }, stack, advice === undefined);
  if (advice !== undefined) console.error(advice);
  return held.length === 0 ? 0 : 1;
}

/** @param isAll whether all that can hold a stack was looked at. */
function printReport(
  { removed, held, settled }: RecoveryReport,
  stack: string,
  isAll: boolean,
): void {
  for (const lock of removed) {
    console.log(`removed the lock of ${lock}, which does not run any more`);
  }
  for (const line of settled) console.log(line);
  for (const lock of held) console.error(`${stack} is locked by ${lock}`);
  if (removed.length + held.length + settled.length > 0) return;
  console.log(isAll ? `${stack} is free` : `nothing on its host holds ${stack}`);
}
