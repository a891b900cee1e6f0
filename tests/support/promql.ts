import { parser } from "@prometheus-io/lezer-promql";
import { workOutDora } from "../../rules/analytics/doraFigures";
import { renderMetrics } from "../../rules/analytics/doraMetrics";
import { METRICS, type MetricName } from "../../rules/observability/metricNames";
import { recordedNames } from "../../rules/observability/recordingRules";
import { read, scripted, scriptedCommits, WINDOW } from "./deliveryEvents";

/** A series that a query selects. */
export interface Selected {
  readonly name: string;
  /** Labels by which it is selected. */
  readonly labels: readonly string[];
}

/** What a query selects, by Prometheus' own grammar; throws where it is none. */
export function selectedBy(expr: string): Selected[] {
  const selected: { name: string; labels: string[] }[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      const text = expr.slice(from, to);
      if (type.name === "Identifier") selected.push({ name: text, labels: [] });
      if (type.name === "LabelName" && node.parent?.type.name === "UnquotedLabelMatcher") {
        selected.at(-1)!.labels.push(text);
      }
    },
  });
  return selected;
}

/** All names that there are: the exporter's, those of `maestro report`, and recorded ones; each with its labels. */
export function knownSeries(): ReadonlyMap<string, readonly string[]> {
  const delivery = [...deliverySample().matchAll(/^(\w+)\{/gm)].map(([, name]) => name!);
  return new Map<string, readonly string[]>([
    ...Object.values(METRICS).flatMap(exposed),
    ...delivery.map((name) => [name, ["stack", "quantile"]] as const),
    ...[...recordedNames()].map(([name, labels]) => [name, ["stack", ...labels]] as const),
  ]);
}

/** What `maestro report --prometheus` prints of 40 releases of the stack `demo`. */
export function deliverySample(): string {
  const figures = workOutDora(read(...scripted()), scriptedCommits(), WINDOW);
  return renderMetrics(new Map([["demo", figures]]));
}

function exposed({ name, type, labels }: MetricName): (readonly [string, readonly string[]])[] {
  const all = ["stack", ...labels];
  if (type !== "histogram") return [[name, all]];
  return [
    [`${name}_bucket`, [...all, "le"]],
    [`${name}_sum`, all],
    [`${name}_count`, all],
  ];
}
