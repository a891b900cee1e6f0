import type { StoryEvent } from "../../release/releaseStory";
import { readDeliveries, type Delivered } from "../../rules/analytics/deployments";
import type { Commit } from "../../rules/analytics/doraFigures";

export const BEGIN = Date.parse("2026-09-01T00:00:00Z");
export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const UNTIL = new Date(BEGIN + 90 * DAY * 1000);
export const WINDOW = { since: new Date(BEGIN), until: UNTIL };
export const NO_COMMITS = new Map<string, readonly Commit[]>();

export type Line = readonly [
  seconds: number,
  kind: string,
  release?: string,
  more?: Partial<StoryEvent>,
];

/** Events at so many seconds after the begin. */
export function events(lines: readonly Line[]): StoryEvent[] {
  return lines.map(([seconds, kind, release, more], index) => ({
    number: index + 1,
    at: new Date(BEGIN + seconds * 1000).toISOString(),
    by: "ada",
    commit: release ?? null,
    ...{ kind, ...(release ? { release } : {}), ...more },
  }));
}

/** What a stack has delivered with these events. */
export const read = (...lines: readonly Line[]): Delivered => readDeliveries(events(lines));

/**
 * 40 releases in 80 days, one each second day at noon. The 10th is taken back after 30 s (users are back 1 s later), the
 * 20th is rolled back after two hours, the 31st is a hotfix an hour after the 30th, the 40th fails after a minute and no
 * set is fit to go back to. Three more were rejected by the gate.
 */
export function scripted(): Line[] {
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
export function scriptedCommits(): Map<string, readonly Commit[]> {
  const { deployments } = readDeliveries(events(scripted()));
  return new Map(
    deployments.map(({ release, at }) => {
      const deployed = Date.parse(at) / 1000;
      const subject = release === "r32" ? "fix: what the hotfix broke" : "Add a thing";
      return [release, [4 * HOUR, DAY].map((ago) => ({ at: deployed - ago, subject }))];
    }),
  );
}
