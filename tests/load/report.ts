import type { MachineReport } from "../../bench/machine";
import type { LoadRun } from "./run";
import type { LoadSummary } from "./summary";

/** The run as Markdown, with the plot `latency.svg` beside it. */
export function renderLoadReport(
  profile: string,
  machine: MachineReport,
  run: LoadRun,
  summary: LoadSummary,
): string {
  const { switching, quiet, deploying, resting, failures } = summary;
  const milliseconds = (value: number) => `${value.toFixed(1)} ms`;
  const rows = [
    ["requests sent", summary.sent],
    ["answered", summary.answered],
    ["**lost**", `**${summary.lost}** ${reasonsOf(summary)}`],
    ["answered by the wrong set", summary.wrongSet],
    ["sent twice", summary.duplicated],
    ["retried by the edge", summary.retried],
    ["answered, but not in the edge's log", summary.missing],
    [
      "requests of five seconds: answered, lost",
      `${summary.slow.answered}, ${summary.slow.lost.length}`,
    ],
    ["updates", `${summary.updates} in ${summary.seconds.toFixed(0)} s`],
    [
      "median, p99 within 2 s of a switch",
      `${milliseconds(switching.p50)}, ${milliseconds(switching.p99)}`,
    ],
    ["median, p99 at other times", `${milliseconds(quiet.p50)}, ${milliseconds(quiet.p99)}`],
    [
      "median, p99 while a release is deployed",
      `${milliseconds(deploying.p50)}, ${milliseconds(deploying.p99)}`,
    ],
    [
      "median, p99 while nothing is released",
      `${milliseconds(resting.p50)}, ${milliseconds(resting.p99)}`,
    ],
    ["p99 of deploys / p99 while nothing is released", `${timesOf(summary)}x`],
    ["longest time without an answer", milliseconds(summary.longestGap)],
    ["event streams: opened, ended by the service, cut", streamRow(run.events)],
    ["websockets: opened, ended by the service, cut", streamRow(run.webSockets)],
  ];
  return [
    `# Load run: ${profile}`,
    "",
    failures.length === 0 ? "Passed." : `**Failed:** ${failures.join("; ")}.`,
    "",
    ...Object.entries(machine).map(([label, value]) => `- ${label}: ${value}`),
    "",
    ...table(["Counted", "Result"], rows),
    "",
    "![Latency over time](latency.svg)",
    "",
    "## Deliberate mistakes",
    "",
    "The harness must see each of these lose requests; otherwise its zeros mean nothing.",
    "",
    ...table(
      ["Mistake", "Sent", "Lost"],
      run.controls.map(({ name, sent, lost, notRun }) => [name, sent, notRun ?? lost]),
    ),
    "",
    "## Growth",
    "",
    ...table(
      ["After", "Containers", "Images", "State", "Edge's descriptors", "Edge's memory"],
      run.growth.map((sample) => [
        `${((sample.at - run.began) / 1000).toFixed(0)} s`,
        sample.containers,
        sample.images,
        `${sample.stateKilobytes} kB`,
        sample.edgeDescriptors,
        `${sample.edgeMemoryKilobytes} kB`,
      ]),
    ),
    "",
  ].join("\n");
}

/** How much slower the slowest hundredth is for users while a release is deployed. */
export function timesOf({ deploying, resting }: LoadSummary): string {
  return resting.answers === 0 ? "-" : (deploying.p99 / resting.p99).toFixed(1);
}

function reasonsOf({ lostByReason }: LoadSummary): string {
  const reasons = Object.entries(lostByReason).map(([reason, count]) => `${reason}: ${count}`);
  return reasons.length === 0 ? "" : `(${reasons.join(", ")})`;
}

function streamRow({ opened, ended, cut }: LoadRun["events"]): string {
  return `${opened}, ${ended}, ${cut.length}`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
