import pc from "picocolors";
import { withHost } from "../../host/connectHost";
import type { Condition } from "../../rules/health/condition";
import {
  exitCodeOf,
  namesOfUnwell,
  showDeep,
  type DeepStatus,
} from "../../rules/health/deepStatus";
import { HostError } from "../../rules/host/asking";
import { sleep } from "../../targets/timing";
import { readStackSettings } from "../shared/stackFile";
import { lookDeep } from "./lookDeep";
import type { DeepWish } from "./wish";

const PAUSE_MILLISECONDS = 2_000;
const MARKS: Readonly<Record<Condition, string>> = {
  good: pc.green("●"),
  warning: pc.yellow("▲"),
  bad: pc.red("○"),
  unknown: pc.yellow("?"),
};

/** `status --deep`. Exit code 0: all is well, 2: something is bad, 1: something could not be looked at, or an error. */
export async function main(wish: DeepWish): Promise<number> {
  const status = wish.waitSeconds === null ? await look(wish) : await wait(wish, wish.waitSeconds);
  if (wish.json) console.log(JSON.stringify(status, null, 2));
  else {
    const style = { strong: pc.bold, faint: pc.dim, marks: MARKS };
    for (const line of showDeep(status, style)) console.log(line);
  }
  return exitCodeOf(status.looks);
}

function look({ stack, service, set }: DeepWish): Promise<DeepStatus> {
  const settings = readStackSettings(stack);
  return withHost(settings.host, (host) => lookDeep(host, stack, settings, { service, set }));
}

/**
 * Looks until all is well, and at least once. A host that cannot be reached may come back.
 *
 * @throws HostError where it has not in time.
 */
async function wait(wish: DeepWish, seconds: number): Promise<DeepStatus> {
  const deadline = performance.now() + seconds * 1000;
  let told = "";
  for (;;) {
    const found = await look(wish).catch((error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      return error;
    });
    const isOver = performance.now() >= deadline;
    if (found instanceof HostError) {
      if (isOver) throw found;
      told = tell([found.message], told);
    } else {
      if (found.well) return found;
      if (isOver) {
        console.error(`not well after ${seconds} s:`);
        tell(namesOfUnwell(found.looks), "");
        return found;
      }
      told = tell(namesOfUnwell(found.looks), told);
    }
    await sleep(Math.min(PAUSE_MILLISECONDS, Math.max(0, deadline - performance.now())));
  }
}

/** Says what is waited for, where that has changed; the table comes at the end. */
function tell(unwell: readonly string[], before: string): string {
  const text = unwell.map((line) => pc.dim(`  ${line}`)).join("\n");
  const names = unwell.map((line) => line.split(": ")[0]).join();
  if (names !== before) console.error(text);
  return names;
}
