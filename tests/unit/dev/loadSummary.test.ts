import { losesAtReload } from "../../load/controls";
import type { CountedAnswer, LoadResult } from "../../load/openLoopLoad";
import type { LoadRun } from "../../load/run";
import { latencyOf, summarize } from "../../load/summary";

const result = (changes: Partial<LoadResult> = {}): LoadResult => ({
  sent: 10,
  answered: 10,
  lost: [],
  bySet: {},
  wrongSet: 0,
  latency: { p50: 1, p99: 1, max: 1 },
  longestGap: 3,
  ...changes,
});
const answer = (at: number, milliseconds: number): CountedAnswer => ({
  id: `${at}`,
  at,
  milliseconds,
  set: "blue",
});
const streams = { opened: 1, ended: 1, cut: [], messages: 5 };

function run(changes: Partial<LoadRun> = {}): LoadRun {
  return {
    began: 0,
    seconds: 20,
    keepAlive: result(),
    closing: result(),
    answers: [answer(1_000, 5), answer(9_000, 50), answer(11_500, 70), answer(19_000, 7)],
    log: { seen: 20, duplicated: 0, retried: 0, missing: 0 },
    slow: streams,
    events: streams,
    webSockets: streams,
    updates: [{ action: "deploy", seconds: 4, beganAt: 7_500, movedAt: 10_000, color: "green" }],
    growth: [],
    controls: [{ name: "a reload", sent: 100, lost: 3, notRun: null }],
    ...changes,
  };
}

describe("summarize", () => {
  it("passes a run that has lost nothing and noticed every mistake", () => {
    expect(summarize(run())).toMatchObject({ sent: 20, answered: 20, lost: 0, failures: [] });
  });

  it("keeps the time around a switch apart from the rest", () => {
    const { switching, quiet } = summarize(run());
    expect(switching).toMatchObject({ answers: 2, max: 70 });
    expect(quiet).toMatchObject({ answers: 2, max: 7 });
  });

  it("keeps answers of deploys apart from those while nothing is released", () => {
    const back = { action: "back", seconds: 2, beganAt: 14_000, movedAt: 15_000, color: "blue" };
    const { updates, answers } = run();
    const { deploying, resting } = summarize(
      run({
        updates: [...updates, back as LoadRun["updates"][number]],
        // The first is of the second in which connections open, the last of an update that deploys nothing.
        answers: [answer(500, 900), ...answers, answer(15_500, 800)],
      }),
    );
    expect(deploying).toMatchObject({ answers: 2, max: 70 });
    expect(resting).toMatchObject({ answers: 2, max: 7 });
  });

  const lost = [
    { at: 1, path: "/", reason: "ECONNRESET" },
    { at: 2, path: "/", reason: "ECONNRESET" },
  ];
  it.each<[string, Partial<LoadRun>]>([
    ["2 requests lost", { keepAlive: result({ lost, answered: 8 }) }],
    ["1 answers by the wrong set", { closing: result({ wrongSet: 1 }) }],
    ["1 requests sent twice", { log: { seen: 20, duplicated: 1, retried: 0, missing: 0 } }],
    [
      "4 requests retried by the edge",
      { log: { seen: 20, duplicated: 0, retried: 4, missing: 0 } },
    ],
    [
      "5 answers that the edge's log does not have",
      { log: { seen: 20, duplicated: 0, retried: 0, missing: 5 } },
    ],
    [
      "1 slow requests lost (ended after 2 of 5)",
      { slow: { ...streams, cut: ["ended after 2 of 5"] } },
    ],
    ["1 requests neither answered nor lost", { keepAlive: result({ answered: 9 }) }],
    [
      "not noticed: a reload",
      { controls: [{ name: "a reload", sent: 100, lost: 0, notRun: null }] },
    ],
  ])("fails for %s", (failure, changes) => {
    expect(summarize(run(changes)).failures).toEqual([failure]);
  });

  it("counts losses by their reason", () => {
    const { lostByReason } = summarize(run({ keepAlive: result({ lost, answered: 8 }) }));
    expect(lostByReason).toEqual({ ECONNRESET: 2 });
  });

  it("does not blame the harness for a mistake that could not be made", () => {
    const controls = [{ name: "a reload", sent: 0, lost: 0, notRun: "this nginx loses none" }];
    expect(summarize(run({ controls })).failures).toEqual([]);
  });
});

test("latencyOf sorts by size, and has zeros for no answers", () => {
  expect(latencyOf([100, 9, 20])).toEqual({ answers: 3, p50: 20, p99: 100, max: 100 });
  expect(latencyOf([])).toEqual({ answers: 0, p50: 0, p99: 0, max: 0 });
});

test.each([
  ["nginx version: nginx/1.22.1", true],
  ["nginx version: nginx/1.27.3", true],
  ["nginx version: nginx/1.27.4", false],
  ["nginx version: nginx/1.30.0", false],
])("losesAtReload(%s) is %s", (version, loses) => {
  expect(losesAtReload(version)).toBe(loses);
});
