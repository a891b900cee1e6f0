import { Command } from "commander";
import { removeStaleLocks } from "./shared/stackLock";
import { DEFAULT_STACK } from "./shared/stackFile";

/** `unlock`: frees a stack whose deployer died; a lock whose owner may still live is left alone. */
export function main(argv: string[]): Promise<number> {
  const { stack, json } = new Command("unlock")
    .description(
      "Removes the locks of updates that were killed, once their process is proven dead.",
    )
    .option("--stack <name>", "stack to free", DEFAULT_STACK)
    .option("--json", "print JSON")
    .parse(argv, { from: "user" })
    .opts<{ stack: string; json?: boolean }>();
  const { removed, held } = removeStaleLocks(stack);
  if (json) console.log(JSON.stringify({ stack, removed, held }));
  else {
    for (const lock of removed)
      console.log(`removed the lock of ${lock}, which is not running any more`);
    for (const lock of held) console.error(`${stack} is locked by ${lock}`);
    if (removed.length + held.length === 0) console.log(`${stack} is not locked`);
  }
  return Promise.resolve(held.length === 0 ? 0 : 1);
}
