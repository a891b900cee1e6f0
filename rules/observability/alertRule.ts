import type { BurnWindow } from "./slo";

/** Who is told: `page` wakes a person, `ticket` can wait for the morning. */
export type AlertSeverity = BurnWindow["severity"];

/** A rule of Prometheus that fires an alert. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold before anybody is told. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: AlertSeverity };
  readonly annotations: Readonly<Record<"summary" | "description" | "action" | "runbook", string>>;
}

/** What an alert is made from. */
export interface AlertInput {
  readonly alert: string;
  readonly severity: AlertSeverity;
  readonly expr: string;
  readonly for: string;
  /** What has happened, in one line, without figures: the same alert reads the same. */
  readonly summary: string;
  /** What was seen, with Prometheus' templates. */
  readonly description: string;
  /** What to type or look at first. */
  readonly action: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where each alert has a section, by its name in lower case. */
export const RUNBOOK = "docs/alerts.md";

/** An alert of a stack, with a link to its section of the runbook. */
export function alertOf(stack: string, runbook: string, given: AlertInput): AlertRule {
  const { alert, severity, expr, labels, summary, description, action } = given;
  return {
    ...{ alert, expr, for: given.for },
    // What an expression over nothing gives has no labels of its own.
    labels: { severity, stack, ...labels },
    annotations: {
      ...{ summary: `${stack}: ${summary}`, description, action },
      runbook: `${runbook}#${alert.toLowerCase()}`,
    },
  };
}
