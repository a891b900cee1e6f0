import { renderDashboard } from "../../../../rules/analytics/dashboardPage";
import {
  consentsOf,
  timelineOf,
  weeksOf,
  type StackPage,
} from "../../../../rules/analytics/pageFacts";
import { showReleases } from "../../../../rules/analytics/releaseDiff";
import { createRelease } from "../../../../release/release";
import { DAY, events, NO_COMMITS, read, WINDOW, type Line } from "../../../support/deliveryEvents";
import { workOutDora } from "../../../../rules/analytics/doraFigures";
import { HOSTILE, manyReleases } from "../../../support/manyReleases";
import { modelRelease, placedRelease } from "../../../support/releases";

function pageOf(...lines: readonly Line[]): StackPage {
  const delivered = read(...lines);
  return {
    ...{
      stack: "demo",
      url: null,
      sets: [],
      delivered,
      events: events(lines),
      releases: {},
      gates: [],
    },
    figures: workOutDora(delivered, NO_COMMITS, WINDOW),
  };
}

describe("a stack's timeline", () => {
  it("names what users got and what they lost, the newest first", () => {
    const page = pageOf(
      [0, "claimed", "a"],
      [9, "moved", "a"],
      [70, "watched", "a", { evidence: { verdict: "pass", needed: 4, metrics: [] } }],
      [DAY, "moved", "b"],
      [DAY + 30, "rejected", "b", { reason: "5 of 9 requests failed" }],
      [DAY + 31, "went back", "a"],
      [2 * DAY, "moved", "c"],
      [2 * DAY + 60, "moved", "a", { by: "bob" }],
      [3 * DAY, "migrated", "a", { service: "web", reason: "from 1 to 2" }],
    );
    const told = timelineOf(page).map(({ what, release, verdict, why }) => [
      what,
      release,
      verdict,
      why,
    ]);
    expect(told).toEqual([
      ["migrated", "a", null, "web: from 1 to 2"],
      ["rolled back", "a", "pass", null],
      ["deployed, failed", "c", null, null],
      ["users went back", "a", null, null],
      ["rejected", "b", null, "5 of 9 requests failed"],
      ["deployed, failed", "b", null, null],
      ["deployed", "a", "pass", null],
    ]);
  });

  it("tells apart who has agreed and who has passed a gate by", () => {
    const page = pageOf(
      [0, "approved", "a", { approvals: [{ by: "ben" }, { by: "cleo" }] }],
      [9, "moved", "a"],
      [DAY, "gate overridden", "b", { reason: "outage" }],
    );
    expect(
      consentsOf(page).map(({ what, by, isOverride, why }) => [what, by, isOverride, why]),
    ).toEqual([
      ["gate overridden", ["ada"], true, "outage"],
      ["approved", ["ben", "cleo"], false, null],
    ]);
  });

  it("is counted by week", () => {
    const weeks = weeksOf(
      pageOf(
        [0, "moved", "a"],
        [DAY, "moved", "b"],
        [DAY + 9, "moved", "a"],
        [8 * DAY, "rejected", "c"],
      ),
    );
    expect(weeks).toHaveLength(13);
    expect(weeks.slice(0, 2)).toEqual([
      { from: "2026-09-01", good: 1, failed: 1, caught: 0 },
      { from: "2026-09-08", good: 0, failed: 0, caught: 1 },
    ]);
  });
});

describe("releases that are shown", () => {
  const web = modelRelease({ web: 1 }).services["web"]!;
  const withEnv = (env: Record<string, string>) =>
    placedRelease(createRelease({ web: { ...web, env } }));
  const marksOf = (shown: ReturnType<typeof showReleases>, id: string) =>
    shown[id]!["web"]!.settings;

  it("say which settings differ, and nothing of their values", () => {
    const [one, other] = [withEnv({ A: "1", PIN: "4711" }), withEnv({ A: "2", PIN: "4711" })];
    const shown = showReleases([one, other], Buffer.from("key"));
    const [before, after] = [marksOf(shown, one.id), marksOf(shown, other.id)];
    expect(before["env.A"]).not.toBe(after["env.A"]);
    expect(before["env.PIN"]).toBe(after["env.PIN"]);
    expect(JSON.stringify(shown)).not.toContain("4711");
  });

  it("have other marks on each page, so that none is guessed from a list of values", () => {
    const record = withEnv({ PIN: "4711" });
    const marks = ["one", "two"].map(
      (key) => marksOf(showReleases([record], Buffer.from(key)), record.id)["env.PIN"],
    );
    expect(marks[0]).not.toBe(marks[1]);
  });
});

it("a page shows texts as texts, and lets its own script run alone", () => {
  const page = renderDashboard({
    stacks: [manyReleases(60)],
    drift: [],
    charts: new Map([["production", [{ svg: "<svg/>", label: HOSTILE }]]]),
    madeAt: new Date(0),
  });
  expect(page).not.toContain("<script>document");
  expect(page).not.toContain("<img");
  expect(page).toContain("&lt;/script&gt;&lt;script&gt;document.title=");
  expect(page).toMatch(/default-src &#39;none&#39;.*script-src &#39;sha256-/);
  expect(page.match(/<script/g)).toHaveLength(2);
});
