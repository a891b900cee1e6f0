import { stringify } from "yaml";
import { alertOf, RUNBOOK, type AlertRule } from "./alertRule";
import { postgresAlerts } from "./postgresAlerts";
import { recordingGroups, type RuleGroup } from "./recordingRules";
import { serviceAlerts } from "./serviceAlerts";
import type { SloSettings } from "./slo";
import { stackAlerts } from "./stackAlerts";
import { statefulAlerts } from "./statefulAlerts";
import { upkeepAlerts, type Upkeep } from "./upkeepAlerts";

/** What rules are made from. */
export interface AlertRuleSettings {
  /** Value of the label `stack`. */
  readonly stack: string;
  /** Service -> what users may expect of it. */
  readonly slos: Readonly<Record<string, SloSettings>>;
  /** Names of its stateful services. @default - none */
  readonly stateful?: readonly string[];
  /** Whether it has a database server of its own. @default false */
  readonly hasPostgres?: boolean;
  /** Whether the set before is kept warm, so that it can be missed. */
  readonly keepsIdleSet: boolean;
  /** What else it has that can be late. @default - nothing */
  readonly upkeep?: Upkeep;
  /** Page or file with a section for each alert. @default docs/alerts.md of the package */
  readonly runbook?: string;
}

/** The alerts of a stack: of its edge, releases and host, then of each service, then of each stateful one. */
export function alertGroups({
  stack,
  slos,
  stateful = [],
  hasPostgres = false,
  keepsIdleSet,
  upkeep = {},
  runbook = RUNBOOK,
}: AlertRuleSettings): RuleGroup<AlertRule>[] {
  const group = (name: string, alerts: Parameters<typeof alertOf>[2][]) => ({
    name,
    rules: alerts.map((alert) => alertOf(stack, runbook, alert)),
  });
  return [
    group(`maestro ${stack} alerts`, [
      ...stackAlerts(stack, keepsIdleSet),
      ...upkeepAlerts(stack, upkeep),
      ...(hasPostgres ? postgresAlerts(stack) : []),
    ]),
    ...Object.entries(slos).map(([service, slo]) =>
      group(`maestro ${stack} ${service}`, serviceAlerts(stack, service, slo)),
    ),
    ...stateful.map((service) =>
      group(`maestro ${stack} ${service}`, statefulAlerts(stack, service)),
    ),
  ];
}

/** All rules of a stack, as a file that Prometheus reads. */
export function prometheusRules(settings: AlertRuleSettings): string {
  const groups = [...recordingGroups(settings.stack, settings.slos), ...alertGroups(settings)];
  return stringify({ groups }, { lineWidth: 0 });
}
