import type { StackPage } from "../../rules/analytics/pageFacts";
import { workOutDora } from "../../rules/analytics/doraFigures";
import { showReleases } from "../../rules/analytics/releaseDiff";
import { DAY, events, NO_COMMITS, read, UNTIL, WINDOW, type Line } from "./deliveryEvents";
import { describeGates } from "../../rules/gates/gateWords";
import type { GateSettings } from "../../rules/gates/gateSettings";
import { modelRelease, placedRelease } from "./releases";

/** A text that would be markup, if anybody took it for that. */
export const HOSTILE = `</script><script>document.title="taken"</script><img src=x onerror=alert(1)>"'&`;

const GATES: GateSettings = {
  window: {
    timeZone: "Europe/Berlin",
    open: [{ days: ["mon", "tue"], from: "09:00", to: "16:00" }],
    freezes: [{ from: "2026-12-20T00:00", to: "2027-01-02T00:00", reason: HOSTILE }],
  },
  approvals: {
    ...{ required: 2, signers: "allowed_signers", directory: "approvals", expiresAfterHours: 24 },
  },
  modules: [],
};

function agreed(at: number, release: string, isOverride: boolean): Line {
  return isOverride
    ? [at, "gate overridden", release, { reason: HOSTILE }]
    : [at, "approved", release, { approvals: [{ by: "ben" }, { by: "cleo" }] }];
}

/** A stack with so many releases in the last 80 days; every twentieth is taken back. */
export function manyReleases(count: number): StackPage {
  const begin = (UNTIL.getTime() - WINDOW.since.getTime()) / 1000 - 80 * DAY;
  const lines = Array.from({ length: count }, (_, index): Line[] => {
    const at = begin + (index * 80 * DAY) / count;
    const release = `r${index}`;
    const deploy: Line[] = [
      [at, "claimed", release, { services: ["web"] }],
      [at + 20, "moved", release, { reason: index % 50 === 0 ? HOSTILE : `change ${index}` }],
    ];
    if (index % 10 === 0) deploy.splice(1, 0, agreed(at + 15, release, index % 30 === 0));
    if (index % 20 !== 19) return deploy;
    return [...deploy, [at + 50, "rejected", release], [at + 51, "went back", `r${index - 1}`]];
  }).flat();
  const delivered = read(...lines);
  const records = [1, 2, 3].map((version) => placedRelease(modelRelease({ web: version, api: 1 })));
  return {
    stack: "production",
    url: "https://shop.example",
    sets: [
      { color: "blue", isActive: true, release: `r${count - 1}`, isProven: true },
      { color: "green", isActive: false, release: `r${count - 2}`, isProven: true },
    ],
    ...{ delivered, events: events(lines) },
    figures: workOutDora(delivered, NO_COMMITS, WINDOW),
    gates: describeGates(GATES, UNTIL),
    releases: showReleases(records, Buffer.from("key")),
  };
}
