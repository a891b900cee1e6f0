import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart } from "../../rules/analytics/dashboardPage";
import { describeSeconds } from "../../rules/analytics/doraText";
import { weeksOf, type StackPage } from "../../rules/analytics/pageFacts";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

const SIZE = { width: 720, height: 240 };
/** Stands for the colour of the page's own text, which the library cannot know. */
const TEXT_COLOR = "#010203";
/** Seen faintly on white and on black. */
const LINE_COLOR = "rgba(128,128,128,0.35)";
/** To be told apart by lightness too, on white and on black (after Okabe and Ito). */
const COLORS = { good: "#009e73", failed: "#d55e00", caught: "#7f7f7f" } as const;
/** So many points are told apart in this width. */
const SHOWN_TIMES = 100;

/** The charts of a stack, drawn here: the page needs no script for them. */
export function drawCharts(page: StackPage): Chart[] {
  return [drawWeeks(page), ...drawTimes(page)];
}

function drawWeeks(page: StackPage): Chart {
  const weeks = weeksOf(page);
  const kinds = Object.keys(COLORS) as (keyof typeof COLORS)[];
  const total = (kind: keyof typeof COLORS) => weeks.reduce((sum, week) => sum + week[kind], 0);
  return {
    svg: draw({
      xAxis: { type: "category", data: weeks.map(({ from }) => from) },
      yAxis: { type: "value", minInterval: 1, name: "a week" },
      legend: { data: kinds },
      series: kinds.map((kind) => ({
        type: "bar",
        name: kind,
        stack: "all",
        data: weeks.map((week) => week[kind]),
        itemStyle: { color: COLORS[kind] },
      })),
    }),
    label: `Deployments by week: ${kinds.map((kind) => `${total(kind)} ${kind}`).join(", ")} in ${weeks.length} weeks`,
  };
}

/** How long the last deployments took; nothing where no event tells. */
function drawTimes({ delivered, figures }: StackPage): Chart[] {
  const times = delivered.deployments
    .flatMap(({ at, deploySeconds }) => (deploySeconds === null ? [] : [[at, deploySeconds]]))
    .slice(-SHOWN_TIMES);
  const { median } = figures.deployTime;
  if (times.length < 2) return [];
  const svg = draw({
    xAxis: { type: "category", data: times.map(([at]) => String(at).slice(0, 10)) },
    yAxis: { type: "value", name: "s from claim to users" },
    series: [
      {
        type: "line",
        symbol: "none",
        data: times.map(([, seconds]) => seconds),
        itemStyle: { color: COLORS.good },
      },
    ],
  });
  const middle = median === null ? "" : `, ${describeSeconds(median)} in the middle`;
  return [
    { svg, label: `Seconds from claim to first users of ${times.length} deployments${middle}` },
  ];
}

function draw(option: object): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  try {
    chart.setOption({
      ...{ animation: false, grid: { left: 50, right: 20, top: 50, bottom: 30 } },
      textStyle: { color: TEXT_COLOR, fontFamily: "inherit" },
      ...withTextColor(option),
    });
    return chart.renderToSVGString().replaceAll(TEXT_COLOR, "currentColor");
  } finally {
    // Its timer would keep the process alive.
    chart.dispose();
  }
}

/** Axes and legends have colours of their own. */
function withTextColor(option: object): object {
  const { xAxis, yAxis, legend, ...rest } = option as Record<string, object>;
  const label = {
    axisLabel: { color: TEXT_COLOR },
    nameTextStyle: { color: TEXT_COLOR, align: "left" },
    splitLine: { lineStyle: { color: LINE_COLOR } },
  };
  return {
    ...rest,
    xAxis: { ...label, ...xAxis },
    yAxis: { ...label, ...yAxis },
    ...(legend
      ? { legend: { top: 0, right: 20, textStyle: { color: TEXT_COLOR }, ...legend } }
      : {}),
  };
}
