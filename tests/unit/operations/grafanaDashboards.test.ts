import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { renderGrafana } from "../../../operations/observability/grafanaDashboards";
import { DASHBOARDS, dashboardsFor } from "../../../rules/observability/dashboards/dashboards";
import { LOKI_LOGS } from "../../../rules/observability/dashboards/logs";

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Target {
  readonly refId: string;
  readonly datasource: Source;
  readonly expr?: string;
  readonly tags?: string;
  readonly legendFormat?: string;
  readonly queryType?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Place;
  readonly datasource?: Source;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

interface Rendered {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly type: string;
      readonly name: string;
      readonly query: unknown;
    }[];
  };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr?: string }[];
  };
}

function render(dashboard: (typeof DASHBOARDS)[number]): Rendered {
  return JSON.parse(renderGrafana(dashboard)) as Rendered;
}

/** A line for each part of a dashboard that a reader of a difference wants to see. */
function outline({ templating, annotations, panels }: Rendered): string {
  const variables = templating.list.map(
    ({ type, name, query }) => `${type} ${name} ${JSON.stringify(query)}`,
  );
  const marks = annotations.list.map(({ name, expr = "" }) => `mark ${name} ${expr}`);
  const shown = panels.flatMap(
    ({ id, type, title, gridPos: { x, y, w, h }, fieldConfig, targets = [] }) => [
      `${id} ${type} "${title}" ${w}x${h} at ${x},${y} ${fieldConfig?.defaults.unit ?? ""}`.trimEnd(),
      ...targets.map(
        ({ refId, expr, tags, legendFormat, queryType }) =>
          `  ${[refId, expr ?? tags, legendFormat && `-> ${legendFormat}`, queryType].filter(Boolean).join(" ")}`,
      ),
    ],
  );
  return `${[...variables, ...marks, ...shown].join("\n")}\n`;
}

/** Name of the outline -> dashboard. */
const RENDERED = [
  ...DASHBOARDS.map((dashboard) => [dashboard.uid, dashboard] as const),
  ["maestro-logs-loki", LOKI_LOGS] as const,
];

describe.each(RENDERED)("the dashboard %s", (name, dashboard) => {
  const { uid } = dashboard;
  const rendered = render(dashboard);

  it("is as its outline says", () => {
    const golden = path.join(__dirname, "../../dashboards", `${name}.txt`);
    if (process.env["UPDATE_PLANS"]) writeFileSync(golden, outline(rendered));
    expect(outline(rendered)).toBe(readFileSync(golden, "utf8"));
  });

  it("is classic JSON, which files can bring, at an address that stays", () => {
    expect(rendered).toMatchObject({ uid, schemaVersion: 42, editable: false });
    expect(rendered).not.toHaveProperty("apiVersion");
    expect(rendered).not.toHaveProperty("elements");
  });

  it("has panels with ids of their own, or links to them break", () => {
    const ids = rendered.panels.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  it("asks only servers that are chosen at its top", () => {
    const sources = rendered.templating.list.filter(({ type }) => type === "datasource");
    const chosen = new Map(sources.map(({ name, query }) => [`\${${name}}`, query]));
    const asked = rendered.panels.flatMap(({ datasource, targets = [] }) => [
      ...(datasource ? [datasource] : []),
      ...targets.map((target) => target.datasource),
    ]);
    expect(asked.length).toBeGreaterThan(0);
    for (const { type, uid: name } of asked) expect([name, chosen.get(name)]).toEqual([name, type]);
  });

  it("lays panels side by side, in 24 columns, and never one over another", () => {
    const taken = new Set<string>();
    for (const {
      gridPos: { x, y, w, h },
    } of rendered.panels) {
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken).not.toContain(`${column},${line}`);
          taken.add(`${column},${line}`);
        }
      }
    }
  });

  it("says of each panel how to read it, and marks switches by a metric", () => {
    const panels = rendered.panels.filter(({ type }) => type !== "row");
    expect(panels.filter(({ description }) => !description)).toEqual([]);
    expect(rendered.annotations.list.map(({ expr }) => expr)).toContain(
      'changes(maestro_switch_timestamp_seconds{stack="$stack"}[2m]) > 0',
    );
  });
});

describe("the dashboards of a stack", () => {
  it("ask Loki for lines where that keeps them, at the same address, and are the same otherwise", () => {
    const loki = dashboardsFor("lokilogs");
    expect(loki.map(({ uid }) => uid)).toEqual(DASHBOARDS.map(({ uid }) => uid));
    expect(loki.filter((dashboard) => !DASHBOARDS.includes(dashboard))).toEqual([LOKI_LOGS]);
    expect(dashboardsFor("victorialogs")).toBe(DASHBOARDS);
    expect(dashboardsFor(null)).toBe(DASHBOARDS);
  });
});
