import { countOf } from "../countOf";
import { describeCost, type Cost } from "./costs";
import type { DoraFigures, Rate, Times } from "./doraFigures";
import { PHASES, type Phase } from "./phases";

/** Which services differ between stacks, and since when. */
export interface VersionDrift {
  readonly service: string;
  /** Stack -> digest that serves there; null: the service does not. */
  readonly digests: Readonly<Record<string, string | null>>;
  /** When the last of these stacks began to serve what it does. ISO 8601, UTC. */
  readonly since: string;
}

const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  prove: "until its set was healthy",
  gates: "until gates and approvals let it pass",
  switch: "until its first users",
  canary: "from a share of the clients to all",
  watch: "watched with all users",
};

/** A figure by its name and what is known of it, for tables of any kind. */
export type FigureRow = readonly [name: string, value: string];

/** The figures of one stack, in the order of dora.dev: throughput, then instability, then what maestro knows beside. */
export function figureRows(figures: DoraFigures, cost?: Cost): FigureRow[] {
  const { leadTime, leftOut, withoutCommits, recovery, open, deployTime } = figures;
  const left = leftOut > 0 ? `; ${leftOut} left out, of a later time or older than 90 days` : "";
  const unknown =
    withoutCommits > 0 ? `; ${countOf(withoutCommits, "deployment")} of unknown commits` : "";
  return [
    [
      "deployment frequency",
      `${countOf(figures.deployments, "deployment")}, ${figures.deploymentsPerWeek.toFixed(1)} a week, on ${countOf(figures.daysPerWeek, "day")} of the middle week`,
    ],
    ["change lead time", `${describeTimes(leadTime, "commit", "p85")}${left}${unknown}`],
    ["change fail rate", describeRate(figures.failRate)],
    [
      "failed deployment recovery time",
      `${describeTimes(recovery, "failure", "p90")}${open > 0 ? `; ${open} still serve` : ""}`,
    ],
    ["deployment rework rate", describeRate(figures.reworkRate)],
    ["caught before a user had it", `${figures.caught}`],
    ["releases that users kept", describeRate(figures.successRate, "no release")],
    ["rollbacks by hand", `${figures.rollbacks}, ${figures.rollbacksPerWeek.toFixed(1)} a week`],
    ["cancelled", `${figures.cancelled}`],
    ["from claim to first users", describeTimes(deployTime, "deployment", "p90")],
    ...PHASES.filter((phase) => figures.phases[phase].count > 0).map((phase): FigureRow => [
      PHASE_NAMES[phase],
      describeTimes(figures.phases[phase], "deployment", "p90"),
    ]),
    ...Object.entries(figures.services).map(([service, rate]): FigureRow => [
      `failed with ${service} changed`,
      describeRate(rate),
    ]),
    ...(cost ? [["cost, as it is configured", describeCost(cost)] as const] : []),
  ];
}

/** What stands beneath figures, so that nobody reads more into them than they say. */
export const FIGURE_NOTE =
  "Rates are with the interval that holds the true one with 90 % confidence. The figures are of one stack, by the " +
  "definitions of dora.dev; they are no ranking of teams.";

/** The figures for people, a line each. */
export function describeFigures(stack: string, figures: DoraFigures, cost?: Cost): string[] {
  const rows = figureRows(figures, cost);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `${stack}  ${figures.since.slice(0, 10)} to ${figures.until.slice(0, 10)}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
  ];
}

/** How stacks differ, for people. */
export function describeDrift(drift: readonly VersionDrift[]): string[] {
  return drift.map(({ service, digests, since }) => {
    const each = Object.entries(digests).map(
      ([stack, digest]) => `${stack} ${digest?.replace(/^sha256:/, "").slice(0, 12) ?? "none"}`,
    );
    return `  ${service}: ${each.join(", ")}, since ${since}`;
  });
}

/** `2 of 23: 9 % (3-25 %)` */
export function describeRate(
  { count, of, rate, interval }: Rate,
  ofNothing = "no deployment",
): string {
  if (rate === null) return ofNothing;
  const [low, high] = interval.map(percent);
  return `${count} of ${of}: ${percent(rate)} % (${low}-${high} %)`;
}

function percent(rate: number): string {
  return (100 * rate).toFixed(0);
}

function describeTimes(
  times: Times,
  what: "commit" | "failure" | "deployment",
  upper: "p85" | "p90",
): string {
  const { count, median } = times;
  if (median === null) return `no ${what}s`;
  return `${describeSeconds(median)} in the middle, ${upper.slice(1)} % within ${describeSeconds(times[upper]!)} (${countOf(count, what)})`;
}

/** `3.1 s`, `12 min`, `5.2 h`, `3.4 d` */
export function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 86_400
    ? `${(seconds / 3600).toFixed(1)} h`
    : `${(seconds / 86_400).toFixed(1)} d`;
}
