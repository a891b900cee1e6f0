import fc from "fast-check";
import { rateInterval } from "../../../../release/bounds";
import type { StoryEvent } from "../../../../release/releaseStory";
import { readDeliveries } from "../../../../rules/analytics/deployments";
import { workOutDora, type Commit } from "../../../../rules/analytics/doraFigures";
import { renderMetrics } from "../../../../rules/analytics/doraMetrics";
import { renderPage } from "../../../../rules/analytics/doraPage";
import { describeFigures, describeRate } from "../../../../rules/analytics/doraText";
import { parsePeriod } from "../../../../rules/analytics/period";
import { findDrift } from "../../../../rules/analytics/versionDrift";

const BEGIN = Date.parse("2026-09-01T00:00:00Z");
const HOUR = 3600;
const DAY = 24 * HOUR;
const UNTIL = new Date(BEGIN + 90 * DAY * 1000);
const WINDOW = { since: new Date(BEGIN), until: UNTIL };
const NO_COMMITS = new Map<string, readonly Commit[]>();

type Line = readonly [seconds: number, kind: string, release?: string, more?: Partial<StoryEvent>];

/** Events at so many seconds after the begin. */
function events(lines: readonly Line[]): StoryEvent[] {
  return lines.map(([seconds, kind, release, more], index) => ({
    number: index + 1,
    at: new Date(BEGIN + seconds * 1000).toISOString(),
    by: "ada",
    commit: release ?? null,
    ...{ kind, ...(release ? { release } : {}), ...more },
  }));
}

const read = (...lines: readonly Line[]) => readDeliveries(events(lines));
const failuresOf = (...lines: readonly Line[]) =>
  read(...lines).deployments.map(({ release, failure }) => [release, failure?.kind ?? null]);

describe("deployments of a stack", () => {
  it("are releases that users get for the first time: no rollback, and no update that is repeated", () => {
    const { deployments, rollbacks } = read(
      [0, "claimed", "a"],
      [10, "moved", "a"],
      [DAY, "claimed", "b", { services: ["web"] }],
      [DAY + 5, "proven", "b"],
      [DAY + 8, "moved", "b"],
      [5 * DAY, "moved", "a"],
      [6 * DAY, "moved", "b"],
      [6 * DAY + 9, "moved", "b"],
    );
    expect(deployments.map(({ release, from }) => [release, from])).toEqual([
      ["a", null],
      ["b", "a"],
    ]);
    expect(deployments[1]).toMatchObject({ deploySeconds: 8, services: ["web"], failure: null });
    // Forward again is none; back to a was one, too late to be b's failure.
    expect(rollbacks).toHaveLength(1);
  });

  it("fail when users are taken off them within a day, and recover when users have another release", () => {
    const { deployments } = read(
      [0, "moved", "a"],
      [DAY, "moved", "b"],
      [DAY + 30, "rejected", "b"],
      [DAY + 31, "went back", "a"],
      [2 * DAY, "moved", "c"],
      [2 * DAY + 2 * HOUR, "moved", "a", { by: "bob" }],
    );
    const at = (seconds: number) => new Date(BEGIN + seconds * 1000).toISOString();
    expect(deployments.map(({ failure }) => failure)).toEqual([
      null,
      { kind: "taken back", at: at(DAY + 30), recoveredAt: at(DAY + 31), recoveredBy: "ada" },
      {
        kind: "rolled back",
        at: at(2 * DAY + 2 * HOUR),
        recoveredAt: at(2 * DAY + 2 * HOUR),
        recoveredBy: "bob",
      },
    ]);
  });

  it.each<[string, Line[], [string, string | null][]]>([
    [
      "a release that is rejected before users have it is caught, and has not failed",
      [
        [0, "moved", "a"],
        [9, "claimed", "b"],
        [20, "rejected", "b"],
      ],
      [["a", null]],
    ],
    [
      "a canary that is taken back was a deployment: some users had it",
      [
        [0, "moved", "a"],
        [9, "shared", "b"],
        [20, "rejected", "b"],
        [21, "went back", "a"],
      ],
      [
        ["a", null],
        ["b", "taken back"],
      ],
    ],
    [
      "a canary that gets all clients is one deployment",
      [
        [0, "moved", "a"],
        [9, "shared", "b"],
        [20, "shared", "b"],
        [30, "moved", "b"],
      ],
      [
        ["a", null],
        ["b", null],
      ],
    ],
    [
      "a hotfix says that what it follows has failed",
      [
        [0, "moved", "a"],
        [HOUR, "moved", "b", { reason: "hotfix: login is broken" }],
      ],
      [
        ["a", "hotfix"],
        ["b", null],
      ],
    ],
    [
      "a hotfix two days later does not",
      [
        [0, "moved", "a"],
        [2 * DAY, "moved", "b", { reason: "hotfix" }],
      ],
      [
        ["a", null],
        ["b", null],
      ],
    ],
    [
      "a rollback of a rollback is no failure of what it leaves",
      [
        [0, "moved", "a"],
        [9, "moved", "b"],
        [99, "moved", "a"],
        [199, "moved", "b"],
      ],
      [
        ["a", null],
        ["b", "rolled back"],
      ],
    ],
    [
      "what a stack had before its events is no deployment, and may be gone back to",
      [
        [0, "taken over", "a"],
        [9, "moved", "b"],
        [99, "moved", "a"],
      ],
      [["b", "rolled back"]],
    ],
    [
      "an update that was killed between claim and switch says nothing",
      [
        [0, "moved", "a"],
        [9, "claimed", "b"],
        [99, "claimed", "b"],
        [120, "moved", "b"],
      ],
      [
        ["a", null],
        ["b", null],
      ],
    ],
  ])("%s", (_, lines, expected) => {
    expect(failuresOf(...lines)).toEqual(expected);
  });

  it("that a cancelled update took back have not failed, and are counted as cancelled", () => {
    const delivered = read(
      [0, "moved", "a"],
      [DAY, "moved", "b"],
      [DAY + 3, "went back", "a", { reason: "the update was cancelled" }],
    );
    const figures = workOutDora(delivered, NO_COMMITS, WINDOW);
    expect([figures.cancelled, figures.failRate.count]).toEqual([1, 0]);
  });

  it("do not depend on the order of the lines", () => {
    const all = events(scripted());
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(readDeliveries(shuffled)).toEqual(readDeliveries(all));
      }),
      { numRuns: 20 },
    );
  });
});

/**
 * 40 releases in 80 days, one each second day at noon. The 10th is taken back after 30 s (users are back 1 s later), the
 * 20th is rolled back after two hours, the 31st is a hotfix an hour after the 30th, the 40th fails after a minute and no
 * set is fit to go back to. Three more were rejected by the gate.
 */
function scripted(): Line[] {
  const noon = (index: number) => (2 * index - 1) * DAY + DAY / 2;
  return Array.from({ length: 40 }, (_, position) => position + 1).flatMap((index): Line[] => {
    const [release, before] = [`r${index}`, `r${index - 1}`];
    const isHotfix = index === 31;
    const at = isHotfix ? noon(30) + HOUR : noon(index);
    const reason = isHotfix ? { reason: "hotfix the 30th" } : {};
    const deploy: Line[] = [
      [at - 60, "claimed", release, { services: index % 2 === 0 ? ["web"] : ["web", "api"] }],
      [at, "moved", release, reason],
    ];
    if (index % 13 === 0) deploy.unshift([at - 600, "rejected", `bad${index}`]);
    if (index === 10) deploy.push([at + 30, "rejected", release], [at + 31, "went back", before]);
    if (index === 20) deploy.push([at + 2 * HOUR, "moved", before]);
    if (index === 40)
      deploy.push([at + 60, "rejected", release], [at + 60, "no healthy set", release]);
    return deploy;
  });
}

/** Each release has brought two commits: one four hours before it, one a day before. */
function scriptedCommits(): Map<string, readonly Commit[]> {
  const { deployments } = readDeliveries(events(scripted()));
  return new Map(
    deployments.map(({ release, at }) => {
      const deployed = Date.parse(at) / 1000;
      const subject = release === "r32" ? "fix: what the hotfix broke" : "Add a thing";
      return [release, [4 * HOUR, DAY].map((ago) => ({ at: deployed - ago, subject }))];
    }),
  );
}

it("the figures of 40 releases are those of a table worked by hand", () => {
  const delivered = readDeliveries(events(scripted()));
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
