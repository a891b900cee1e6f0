import { describeRelease, summarizeRelease, type StoryEvent } from "../../../release/releaseStory";
import type { VerdictEvidence } from "../../../release/trafficEvidence";
import { modelRelease, placedRelease } from "../../support/releases";

const record = placedRelease(modelRelease({ api: 1 }));
const OTHER = "b00000000000";
const KEPT = { record, rejection: null, traffic: null };

/** Events of a day, by what they are and when. */
function events(...list: (readonly [seconds: number, kind: string, release?: string])[]) {
  return list.map(([seconds, kind, release = record.id], index): StoryEvent => {
    const at = new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
    return { number: index + 1, kind, release, at, by: "ci", commit: "0123456789ab" };
  });
}

describe("the story of a release", () => {
  it("tells how long it took to all clients", () => {
    const all = events([0, "claimed"], [8, "proven"], [10, "moved"], [70, "watched"]);
    expect(summarizeRelease(record.id, all, KEPT)).toMatchObject({
      ...{ claimedAt: "2026-01-01T00:00:00.000Z", switchedAt: "2026-01-01T00:00:10.000Z" },
      ...{ sharedAt: null, failedAt: null, recoveredAt: null },
      ...{ deploySeconds: 10, recoverySeconds: null, rejected: null },
    });
  });

  it("tells when it failed, and when and by whom users had another one again", () => {
    const all = events(
      ...([
        [0, "claimed"],
        [10, "moved"],
        [14, "rejected"],
        [14.5, "went back", OTHER],
        [900, "moved", OTHER],
      ] as const),
    );
    const rejection = { reason: "web: 31 of 655 requests failed", at: all[2]!.at };
    const story = summarizeRelease(record.id, all, { ...KEPT, rejection });
    expect(story).toMatchObject({
      ...{ failedAt: "2026-01-01T00:00:14.000Z", recoveredAt: "2026-01-01T00:00:14.500Z" },
      ...{ recoverySeconds: 0.5, recoveredBy: "ci", rejected: rejection.reason },
    });
    expect(story.events.map(({ kind }) => kind)).toEqual(["claimed", "moved", "rejected"]);
    expect(describeRelease(story)).toContain(
      "from the failure to another release for all: 0.5 s, by ci",
    );
  });

  it("shows what the verdict rested on", () => {
    const metric = {
      ...{ service: "api", metric: "errors", verdict: "fail", comparison: "before" },
      ...{ requests: 655, bad: 31, allowed: 0.005, evidence: 7.4 },
    };
    const evidence = { verdict: "fail", needed: 6.4, metrics: [metric] } as VerdictEvidence;
    const [claimed, rejected] = events([0, "claimed"], [5, "rejected"]);
    const all = [claimed!, { ...rejected!, evidence }];
    const story = summarizeRelease(record.id, all, { ...KEPT, record: null });
    const lines = describeRelease(story);
    expect(lines).toContain("what users got: fail");
    expect(lines).toContain("  api errors: 31 of 655, 0.50 % allowed, evidence 7.4 of 6.4: fail");
    expect(lines[1]).toMatch(/forgotten/);
  });
});
