import { Command } from "commander";
import pc from "picocolors";
import { describeRoll } from "../release/rolling";
import { ruleWords } from "../rules/edge/handWords";
import { plainText } from "../rules/plainText";
import { DEFAULT_STACK } from "./shared/stackFile";
import { readWish, type StatusOptions } from "./status/wish";
import { inspectStack, type StackStatus } from "./shared/stackStatus";
import { examplesOf } from "./shared/examples";
import { showStateful } from "./stateful/show";

/**
 * `status`: what serves, what waits, and whether all of it is well. Exit code 0: healthy, 1: not. With `--deep` a set is
 * looked at down to what its services cannot do without, and 2 says that something is bad.
 */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("status")
    .description(
      "Shows what serves, what waits, and whether it is well; the exit code says so too.",
    )
    .argument("[service]", "with --deep: look at this one alone")
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("--json", "print JSON")
    .option("--deep", "look at a set down to its databases, caches and identity providers")
    .option("--set <set>", "with --deep: active or idle (default: active)")
    .option("--wait", "with --deep: wait until all is well")
    .option("--timeout <duration>", "with --wait: for so long, such as 30s or 5m (default: 60s)")
    .addHelpText("after", examplesOf("status"))
    .parse(argv, { from: "user" });
  const options = program.opts<StatusOptions>();
  const [service = null] = program.args;
  const wish = readWish(service, options);
  if (wish) return (await import("./status/deep")).main(wish);
  const { stack, json } = options;
  const status = await inspectStack(stack);
  if (json) console.log(JSON.stringify(status, null, 2));
  else print(status);
  return status.healthy ? 0 : 1;
}

function print(status: StackStatus): void {
  const verdict = status.healthy ? pc.green("healthy") : pc.red("not healthy");
  console.log(`${pc.bold(status.stack)}  ${verdict}  ${status.url ?? ""}`);
  for (const problem of status.problems) console.log(`  ${pc.red("!")} ${problem}`);
  const last = status.lastSwitch;
  if (last) console.log(`  last switch: to ${last.color}, release ${last.release}, at ${last.at}`);
  if (status.canary) {
    const { release, percent, since } = status.canary;
    console.log(`  release ${release} gets ${percent} % of the clients since ${since}`);
  }
  if (status.roll) console.log(`  ${describeRoll(status.roll)}`);
  for (const rule of status.byHand) {
    console.log(`  ${pc.yellow("!")} ${plainText(ruleWords(rule, rule.secondsLeft), 500)}`);
  }
  for (const set of status.sets) {
    const role = set.active ? pc.bold("active") : "idle";
    const held = set.release
      ? `release ${set.release}${set.proven ? "" : " (not proven)"}`
      : "empty";
    console.log(`\n  ${set.color} (${role}): ${held}`);
    for (const container of set.containers) {
      const mark = container.ready ? pc.green("●") : pc.red("○");
      const image = container.image.split("@")[1]?.slice(0, "sha256:".length + 12);
      console.log(
        `    ${mark} ${container.name}  ${image ?? container.image}  ${container.status}`,
      );
    }
    // Those of the set that serves are problems, and said above.
    for (const difference of set.active ? [] : set.differences) {
      console.log(`    ${pc.yellow("!")} ${difference}`);
    }
  }
  if (status.stateful.length > 0) console.log("\n  of no set");
  for (const line of status.stateful.flatMap(showStateful)) console.log(`    ${line}`);
  for (const { channel, at, says } of status.untold) {
    console.log(`\n  ${pc.yellow("!")} notices: ${channel} was not told at ${at}: ${says}`);
  }
  if (status.history.length > 0) console.log("\n  history");
  for (const entry of status.history) {
    const commit = entry.commit?.slice(0, 8) ?? "no commit";
    console.log(
      `    ${entry.at}  ${entry.action.padEnd(8)}  ${entry.release}  ${entry.color.padEnd(5)}  ${entry.by}  ${commit}`,
    );
    if (entry.revisions) console.log(`      ${describeRevisions(entry.revisions)}`);
  }
  for (const rejected of status.rejected) {
    console.log(
      `    ${rejected.at}  rejected  ${rejected.release}  ${rejected.reason.split("\n")[0]}`,
    );
  }
}

/** The commits that a release's images were built from: `images of 3f2a90c1 (api, web), 77b01d2e (jobs)`. */
export function describeRevisions(revisions: Readonly<Record<string, string>>): string {
  const commits = [...new Set(Object.values(revisions))];
  const named = commits.map((commit) => {
    const services = Object.keys(revisions).filter((name) => revisions[name] === commit);
    return `${plainText(commit, 64).slice(0, 12)} (${services.sort().join(", ")})`;
  });
  return `images of ${named.join(", ")}`;
}
