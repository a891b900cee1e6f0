import { rateInterval } from "../../../../release/bounds";
import { workOutDora } from "../../../../rules/analytics/doraFigures";
import { renderMetrics } from "../../../../rules/analytics/doraMetrics";
import { renderPage } from "../../../../rules/analytics/doraPage";
import { describeFigures, describeRate } from "../../../../rules/analytics/doraText";
import { parsePeriod } from "../../../../rules/analytics/period";
import { findDrift } from "../../../../rules/analytics/versionDrift";
import {
  BEGIN,
  DAY,
  HOUR,
  NO_COMMITS,
  read,
  scripted,
  scriptedCommits,
  UNTIL,
  WINDOW,
} from "../../../support/deliveryEvents";

it("the figures of 40 releases are those of a table worked by hand", () => {
  const delivered = read(...scripted());
  const figures = workOutDora(delivered, scriptedCommits(), WINDOW);
  const { failRate, recovery, reworkRate, leadTime, deployTime, services } = figures;
  expect(figures).toMatchObject({
    deployments: 40,
    // By week before the end: 0, 2, 4, 3, 3, 3, 4, 3, 4, 3, 4 and 3 days.
    daysPerWeek: 3,
    ...{ leftOut: 0, withoutCommits: 0, open: 1, rollbacks: 1, caught: 3, cancelled: 0 },
  });
  expect(figures.deploymentsPerWeek).toBeCloseTo((40 * 7) / 90, 10);
  // r10, r20, r30 and r40.
  expect([failRate.count, failRate.of, failRate.rate]).toEqual([4, 40, 0.1]);
  expect(failRate.interval[0]).toBeCloseTo(0.0493, 4);
  expect(failRate.interval[1]).toBeCloseTo(0.2095, 4);
  // 31 s, two hours, one hour, and what is left of the 90 days: in the middle of one and two hours.
  const open = 90 * DAY - (79 * DAY + DAY / 2);
  expect(recovery).toMatchObject({ count: 4, median: 1.5 * HOUR });
  expect(recovery.p90).toBeCloseTo(2 * HOUR + 0.7 * (open - 2 * HOUR), 6);
  // The hotfix, and r32, which brings nothing but a fix, two days after a failure.
  expect([reworkRate.count, reworkRate.of]).toEqual([2, 40]);
  expect(leadTime).toMatchObject({ count: 80, median: 14 * HOUR, p85: DAY });
  expect(deployTime).toMatchObject({ count: 40, median: 60 });
  // 36 of the 40 deployments, and three more that were caught.
  expect([figures.successRate.count, figures.successRate.of]).toEqual([36, 43]);
  expect(services["api"]).toMatchObject({ count: 0, of: 20 });
  expect(services["web"]).toMatchObject({ count: 4, of: 40 });
});

describe("figures", () => {
  it("leave out commits of the future and of long ago, and say how many", () => {
    const commit = (at: number) => ({ at: BEGIN / 1000 + at, subject: "" });
    const commits = new Map([["a", [commit(-HOUR), commit(HOUR), commit(-91 * DAY)]]]);
    const figures = workOutDora(read([0, "moved", "a"]), commits, WINDOW);
    expect([figures.leadTime.count, figures.leadTime.median, figures.leftOut]).toEqual([
      1,
      HOUR,
      2,
    ]);
  });

  it("count what lies in their time, and know what was before it", () => {
    const delivered = read([0, "moved", "a"], [3 * DAY, "moved", "b"], [3 * DAY + 9, "moved", "a"]);
    const since = new Date(BEGIN + 2 * DAY * 1000);
    const { deployments, rollbacks } = workOutDora(delivered, NO_COMMITS, { since, until: UNTIL });
    expect([deployments, rollbacks]).toEqual([1, 1]);
  });

  it("of nothing say so, and are no zeros", () => {
    const figures = workOutDora(read(), NO_COMMITS, WINDOW);
    expect(describeFigures("demo", figures)).toContain(
      "  change fail rate                 no deployment",
    );
    const metrics = renderMetrics(new Map([["demo", figures]]));
    expect(metrics).toContain('maestro_deployments{stack="demo"} 0');
    expect(metrics).not.toContain("maestro_change_fail_rate");
    expect(metrics).not.toContain("null");
  });

  it("are rates with the interval that holds the true one", () => {
    const rate = (count: number, of: number) =>
      describeRate({ count, of, rate: count / of, interval: rateInterval(count, of, 0.9) });
    expect(rate(1, 6)).toBe("1 of 6: 17 % (5-52 %)");
    expect(rate(0, 10)).toBe("0 of 10: 0 % (0-24 %)");
  });
});

it("services that differ between stacks are named, with since when", () => {
  const drift = findDrift(
    new Map([
      ["demo", { digests: { web: "sha256:b", api: "sha256:a" }, since: "2026-09-02T00:00:00Z" }],
      [
        "production",
        { digests: { web: "sha256:a", api: "sha256:a" }, since: "2026-09-01T00:00:00Z" },
      ],
    ]),
  );
  expect(drift).toEqual([
    {
      service: "web",
      digests: { demo: "sha256:b", production: "sha256:a" },
      since: "2026-09-02T00:00:00Z",
    },
  ]);
});

it("a page has no script, and shows names as they are written", () => {
  const figures = workOutDora(
    read([0, "claimed", "a", { services: ["<script>"] }], [9, "moved", "a"]),
    NO_COMMITS,
    WINDOW,
  );
  const page = renderPage(new Map([["demo", figures]]), []);
  expect(page).not.toContain("<script");
  expect(page).toContain("failed with &lt;script&gt; changed");
});

describe("a period", () => {
  it.each([
    ["90d", "2026-09-01T00:00:00.000Z"],
    ["1w", "2026-11-23T00:00:00.000Z"],
    ["2026-10-05", "2026-10-05T00:00:00.000Z"],
  ])("%s begins at %s", (text, begin) => {
    expect(parsePeriod(text, UNTIL).toISOString()).toBe(begin);
  });

  it.each(["", "90", "90m", "soon", "2027-01-01", "2026-13-01", "-3d"])("%j is none", (text) => {
    expect(() => parsePeriod(text, UNTIL)).toThrow(/^--since: must be a period such as 90d/);
  });
});
