import fc from "fast-check";
import { readDeliveries } from "../../../../rules/analytics/deployments";
import { workOutDora } from "../../../../rules/analytics/doraFigures";
import {
  BEGIN,
  DAY,
  events,
  HOUR,
  NO_COMMITS,
  read,
  scripted,
  WINDOW,
  type Line,
} from "../../../support/deliveryEvents";

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

  it("are no restarts, also those that have newer secrets and so another id, or that fail", () => {
    const { deployments, rollbacks, caught } = read(
      [0, "moved", "a"],
      [HOUR, "claimed", "a", { restartOf: "a" }],
      [HOUR + 5, "moved", "a", { restartOf: "a" }],
      [2 * HOUR, "restart failed", "a"],
      [3 * HOUR, "moved", "b", { restartOf: "a", reason: "hotfix: a new key" }],
    );
    expect(deployments).toMatchObject([{ release: "a", failure: null }]);
    expect([rollbacks, caught]).toEqual([[], []]);
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
