import type { Cost } from "./costs";
import type { DoraFigures, Rate, Times } from "./doraFigures";
import { PHASES } from "./phases";

type Sample = readonly [name: string, help: string, value: number | null, label?: string];

/** The figures of stacks in Prometheus' text format. What is not known is left out, and never 0. */
export function renderMetrics(
  stacks: ReadonlyMap<string, DoraFigures>,
  costs: ReadonlyMap<string, Cost> = new Map(),
): string {
  const lines = new Map<string, string[]>();
  for (const [stack, figures] of stacks) {
    for (const [name, help, value, label = ""] of [
      ...samplesOf(figures),
      ...costOf(costs.get(stack)),
    ]) {
      if (value === null) continue;
      const head = [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];
      lines.set(name, [...(lines.get(name) ?? head), `${name}{stack="${stack}"${label}} ${value}`]);
    }
  }
  return `${[...lines.values()].flat().join("\n")}\n`;
}

function samplesOf(figures: DoraFigures): Sample[] {
  return [
    ["maestro_deployments", "Releases that users got for the first time.", figures.deployments],
    ["maestro_deployments_per_week", "Deployments a week.", figures.deploymentsPerWeek],
    ...times("maestro_lead_time_seconds", "From a commit to its users.", figures.leadTime),
    ...rates("maestro_change_fail", "deployments that failed", figures.failRate),
    ...times(
      "maestro_recovery_seconds",
      "From a failed deployment's switch to another release.",
      figures.recovery,
    ),
    ...rates("maestro_rework", "deployments that were unplanned", figures.reworkRate),
    ["maestro_open_failures", "Failed deployments that users still have.", figures.open],
    ["maestro_caught", "Releases rejected before a user had them.", figures.caught],
    ...rates("maestro_release_kept", "releases that users kept", figures.successRate),
    ["maestro_rollbacks", "Returns to an earlier release by hand.", figures.rollbacks],
    ...times(
      "maestro_deploy_seconds",
      "From the claim of a set to its first users.",
      figures.deployTime,
    ),
    ...PHASES.flatMap((phase) =>
      times("maestro_phase_seconds", "A deployment's phases.", figures.phases[phase], { phase }),
    ),
  ];
}

function costOf(cost: Cost | undefined): Sample[] {
  if (cost === undefined) return [];
  const label = `,currency="${cost.currency}"`;
  return [["maestro_cost_per_month", "What a stack costs a month.", cost.total, label]];
}

function times(
  name: string,
  help: string,
  { count, median, p85, p90 }: Times,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  const label = Object.entries(labels)
    .map(([key, value]) => `,${key}="${value}"`)
    .join("");
  const at = (share: string, value: number | null): Sample => [
    ...([name, help, value] as const),
    `${label},quantile="${share}"`,
  ];
  return [
    at("0.5", median),
    at("0.85", p85),
    at("0.9", p90),
    [`${name}_count`, `How many: ${help}`, count, label],
  ];
}

function rates(name: string, of: string, { count, rate, interval }: Rate): Sample[] {
  const known = rate === null ? null : 1;
  return [
    [`${name}s`, `Number of ${of}.`, count],
    [`${name}_rate`, `Share of ${of}.`, rate],
    [`${name}_rate_low`, `Lower end of the 90 % interval of that.`, known && interval[0]],
    [`${name}_rate_high`, `Upper end of the 90 % interval of that.`, known && interval[1]],
  ];
}
