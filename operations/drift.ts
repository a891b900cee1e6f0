import { Command } from "commander";
import pc from "picocolors";
import {
  describeFinding,
  driftMark,
  isDrift,
  renderDrift,
  type Drift,
} from "../rules/delivery/drift";
import type { Severity } from "../rules/drift/finding";
import { plainText } from "../rules/plainText";
import { keepIssue, type IssueTracker } from "./delivery/issues";
import { providerOf, type Environment, type RequestOptions } from "./delivery/requestOptions";
import { lookForDrift } from "./drift/lookForDrift";
import { DEFAULT_STACK } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options extends RequestOptions {
  readonly stack: string;
  readonly issue?: boolean;
  readonly json?: boolean;
}

/** As of diff(1): the same, something differs, could not look. */
const EXIT = { none: 0, drift: 1, unseen: 2 } as const;

/**
 * `drift`: whether what runs is still what was released. Exit code 0: it is; 1: it is not; 2: not everything could be
 * asked, whatever the rest says. With `--issue` 1 is 0, since it was told; what cannot be asked closes no issue.
 */
export async function main(argv: string[]): Promise<number> {
  const options = new Command("drift")
    .description(
      "Compares state, records, host and edge with what was released; changes nothing, names a repair for each difference.",
    )
    .option("--stack <name>", "stack to look at", DEFAULT_STACK)
    .option("--issue", "open or edit the stack's issue; close it when nothing differs")
    .option("--provider <name>", "github or gitlab (default: the one whose CI this is)")
    .option("--repository <name>", "owner/name (default: the CI's)")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examplesOf("drift"))
    .parse(argv, { from: "user" })
    .opts<Options>();
  // Before it takes its time: what is missing for the issue is missing afterwards too.
  const tracker = options.issue ? await openTracker(options, process.env) : null;
  const drift = await look(options.stack);
  if (drift === null) return EXIT.unseen;
  const isFound = isDrift(drift);
  if (options.json) console.log(JSON.stringify({ ...drift, isDrift: isFound }, null, 2));
  else print(drift);
  for (const { source, says } of drift.unseen) {
    console.error(`could not look: ${source}: ${says}`);
  }
  const isWhole = drift.unseen.length === 0;
  if (tracker !== null) await keep(tracker, drift);
  if (!isWhole) return EXIT.unseen;
  return isFound && tracker === null ? EXIT.drift : EXIT.none;
}

/** Null: the host or the stack's file could not be read, so nothing is known. */
async function look(stack: string): Promise<Drift | null> {
  try {
    return await lookForDrift(stack);
  } catch (error) {
    console.error(`could not look: ${(error as Error).message}`);
    if (process.env["MAESTRO_DEBUG"]) console.error(error);
    return null;
  }
}

async function keep(tracker: IssueTracker, drift: Drift): Promise<void> {
  const isFound = isDrift(drift);
  if (!isFound && drift.unseen.length > 0) return;
  const wanted = isFound ? renderDrift(drift) : null;
  const kept = await keepIssue(tracker, driftMark(drift), wanted, "nothing differs any more");
  console.error(kept.number === null ? "no issue" : `issue #${kept.number} ${kept.what}`);
}

async function openTracker(options: Options, environment: Environment): Promise<IssueTracker> {
  if (providerOf(options, environment) === "gitlab")
    return (await import("./delivery/gitlab")).gitlabIssues(options, environment);
  return (await import("./delivery/github")).githubIssues(options, environment);
}

const COLORS: Readonly<Record<Severity, (text: string) => string>> = {
  error: pc.red,
  warning: pc.yellow,
  note: pc.dim,
};

function print(drift: Drift): void {
  const { stack, findings, unseen } = drift;
  if (!isDrift(drift) && unseen.length === 0) {
    console.log(`${stack}: what runs is what was released`);
  }
  for (const finding of findings) {
    const { severity, since, repair, id } = finding;
    const when = since === null ? "" : `, since ${since}`;
    console.log(
      `${COLORS[severity](severity.padEnd(7))}  ${plainText(describeFinding(finding))}${when}`,
    );
    if (repair !== null) console.log(`         ${pc.dim(plainText(id))}\n         $ ${repair}`);
  }
}
