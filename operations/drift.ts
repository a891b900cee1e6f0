import { Command } from "commander";
import { projectName } from "../config/project";
import { changesOf, driftMark, isDrift, renderDrift, type Drift } from "../rules/delivery/drift";
import { parsePreview } from "../rules/delivery/preview";
import { keepIssue, type IssueTracker } from "./delivery/issues";
import { providerOf, type Environment, type RequestOptions } from "./delivery/requestOptions";
import { askPulumi } from "./shared/pulumi";
import { DEFAULT_STACK } from "./shared/stackFile";
import { inspectStack } from "./shared/stackStatus";

interface Options extends RequestOptions {
  readonly stack: string;
  readonly issue?: boolean;
  readonly json?: boolean;
}

/**
 * `drift`: whether what runs is still what was released. Exit code 1 where it is not, except with `--issue`, which then
 * has told it. A host or a server that cannot be asked is an error, and closes no issue.
 */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("drift")
    .description(
      "Compares what runs with what was released, and keeps one issue while they differ.",
    )
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("--issue", "open or edit the stack's issue; close it when nothing differs")
    .option("--provider <name>", "github or gitlab (default: the one whose CI this is)")
    .option("--repository <name>", "owner/name (default: the CI's)")
    .option("--json", "print the result as JSON")
    .parse(argv, { from: "user" })
    .opts<Options>();
  // Before it takes its time: what is missing for the issue is missing afterwards too.
  const tracker = options.issue ? await openTracker(options, process.env) : null;
  const drift = await findDrift(options.stack);
  if (options.json) console.log(JSON.stringify(drift, null, 2));
  else print(drift);
  if (tracker === null) return isDrift(drift) ? 1 : 0;
  const wanted = isDrift(drift) ? renderDrift(drift) : null;
  const kept = await keepIssue(tracker, driftMark(drift), wanted, "nothing differs any more");
  console.error(kept.number === null ? "no issue" : `issue #${kept.number} ${kept.what}`);
  return 0;
}

/** Asks the host what serves, and the providers for every resource; nothing is changed. */
async function findDrift(stack: string): Promise<Drift> {
  const { problems } = await inspectStack(stack);
  const refresh = await askPulumi(["refresh", "--preview-only", "--json", "--stack", stack]);
  return { stack, project: projectName(), problems, changes: changesOf(parsePreview(refresh)) };
}

async function openTracker(options: Options, environment: Environment): Promise<IssueTracker> {
  if (providerOf(options, environment) === "gitlab")
    return (await import("./delivery/gitlab")).gitlabIssues(options, environment);
  return (await import("./delivery/github")).githubIssues(options, environment);
}

function print(drift: Drift): void {
  if (!isDrift(drift)) console.log(`${drift.stack}: what runs is what was released`);
  for (const problem of drift.problems) console.log(`${drift.stack}: ${problem}`);
  for (const change of drift.changes) console.log(`${drift.stack}: ${change}`);
}
