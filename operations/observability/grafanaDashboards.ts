import {
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type {
  Dashboard,
  Panel,
  Query,
  Source,
  Variable,
} from "../../rules/observability/dashboards/dashboard";
import { LOG_PLUGINS } from "../../rules/observability/grafanaDatasources";
import { METRICS } from "../../rules/observability/metricNames";

/** What Grafana calls the servers that it asks; which one of a kind is chosen at the top of a dashboard. */
const PLUGINS: Readonly<Record<Source, string>> = {
  prometheus: "prometheus",
  logs: LOG_PLUGINS.victorialogs,
  loki: LOG_PLUGINS.lokilogs,
  traces: "jaeger",
};
const NAMES: Readonly<Record<Source, string>> = {
  prometheus: "Prometheus",
  logs: "Logs",
  loki: "Logs",
  traces: "Traces",
};
/** Blue and green as the sets are called, to be told apart by lightness too (after Okabe and Ito). */
const SET_COLORS = { blue: "#56b4e9", green: "#009e73" } as const;
const MARK_COLOR = "#e69f00";
const HEIGHTS = { stat: 4, graph: 8, logs: 12, traces: 10 } as const;
const COLUMNS = 24;

/** A dashboard as Grafana reads it from a file: its classic JSON, which all versions from 9 on take. */
export function renderGrafana(dashboard: Dashboard): string {
  const { uid, title, says, variables, rows } = dashboard;
  const builder = new grafana.DashboardBuilder(`maestro: ${title}`)
    .uid(uid)
    .description(says)
    .tags(["maestro"])
    .timezone("browser")
    .time({ from: "now-6h", to: "now" })
    .refresh("30s")
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .readonly()
    .variables([
      ...sourcesOf(dashboard).map(sourceVariable),
      labelVariable("stack", METRICS.edgeUp.name),
      ...variables.map(choiceOf),
    ])
    .annotation(switchMarks())
    .link(otherDashboards());
  let id = 1;
  let y = 0;
  for (const row of rows) {
    builder.withRow(new grafana.RowBuilder(row.title).id(id++).gridPos(place(0, y++, COLUMNS, 1)));
    let [x, height] = [0, 0];
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) [x, y, height] = [0, y + height, 0];
      const own = HEIGHTS[panel.kind];
      builder.withPanel(
        build(panel)
          .id(id++)
          .gridPos(place(x, y, panel.width, own)),
      );
      [x, height] = [x + panel.width, Math.max(height, own)];
    }
    y += height;
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

/** Which servers a dashboard asks; switch marks and stacks come from Prometheus. */
function sourcesOf({ rows }: Dashboard): Source[] {
  const asked = rows.flatMap(({ panels }) => panels.map(({ source = "prometheus" }) => source));
  return [...new Set<Source>(["prometheus", ...asked])];
}

function place(x: number, y: number, w: number, h: number): grafana.GridPos {
  return { x, y, w, h };
}

function sourceRef(source: Source): common.DataSourceRef {
  return { type: PLUGINS[source], uid: `\${${source}}` };
}

function sourceVariable(source: Source) {
  return new grafana.DatasourceVariableBuilder(source).label(NAMES[source]).type(PLUGINS[source]);
}

function labelVariable(name: string, metric: string, of = "") {
  const query = `label_values(${metric}${of}, ${name})`;
  return new grafana.QueryVariableBuilder(name)
    .label(name)
    .datasource(sourceRef("prometheus"))
    .query({ query, refId: name })
    .definition(query)
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .sort(grafana.VariableSort.AlphabeticalAsc);
}

function choiceOf({ name, metric, takes }: Variable) {
  const variable = labelVariable(name, metric, '{stack="$stack"}');
  if (takes === "one") return variable;
  return variable
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}

/** From a metric, not by Grafana's annotations: they need a token to write, and are gone with it. */
function switchMarks() {
  return new grafana.AnnotationQueryBuilder()
    .name("Switches")
    .datasource(sourceRef("prometheus"))
    .enable(true)
    .iconColor(MARK_COLOR)
    .expr(`changes(${METRICS.switchTimestamp.name}{stack="$stack"}[2m]) > 0`)
    .step("30s")
    .titleFormat("switch")
    .textFormat("the traffic of {{stack}} moved");
}

function otherDashboards() {
  return new grafana.DashboardLinkBuilder("maestro")
    .type(grafana.DashboardLinkType.Dashboards)
    .tags(["maestro"])
    .keepTime(true)
    .includeVars(true);
}

type Built = GraphBuilder | StatBuilder | LogsBuilder | TableBuilder;

function build(panel: Panel): Built {
  const { title, says, unit = "short", source = "prometheus", queries } = panel;
  const targets = queries.map((query, index) => targetOf(panel, query, index));
  const make = { graph: graphOf, stat: statOf, logs: logsOf, traces: tracesOf }[panel.kind];
  return make()
    .title(title)
    .description(says)
    .unit(unit)
    .datasource(sourceRef(source))
    .targets(targets);
}

function graphOf() {
  const builder = new GraphBuilder()
    .min(0)
    .lineWidth(2)
    .fillOpacity(5)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
  for (const [set, fixedColor] of Object.entries(SET_COLORS)) {
    const value = { mode: "fixed", fixedColor };
    builder.overrideByRegexp(`/^${set}\\b/`, [{ id: "color", value }]);
  }
  return builder;
}

function statOf() {
  return new StatBuilder()
    .colorMode(common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.ValueAndName)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
}

function logsOf() {
  return new LogsBuilder()
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending);
}

function tracesOf() {
  return new TableBuilder().showHeader(true);
}

/** `A`, `B` and so on, by which Grafana tells a panel's questions apart. */
function refIdOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function targetOf({ source = "prometheus", kind }: Panel, query: Query, index: number) {
  const refId = refIdOf(index);
  if (source === "prometheus") {
    const target = new DataqueryBuilder()
      .refId(refId)
      .datasource(sourceRef(source))
      .expr(query.expr)
      .legendFormat(query.legend ?? "");
    return kind === "stat" ? target.instant() : target.range();
  }
  const own = {
    logs: { expr: query.expr, queryType: kind === "logs" ? "instant" : "statsRange" },
    loki: { expr: query.expr, queryType: "range", legendFormat: query.legend ?? "" },
    traces: { queryType: "search", service: "$service", tags: query.expr },
  }[source];
  return {
    build: () => ({
      refId,
      datasource: sourceRef(source),
      ...own,
      _implementsDataqueryVariant: () => {},
    }),
  };
}
