import { appendHistory, isReturn, servedSince, type HistoryEntry } from "../../../release/history";
import { describePlan } from "../../../release/planWords";
import { createRelease, type ReleaseRecord } from "../../../release/release";
import { formatRestart, parseRestart, restartedRelease } from "../../../release/restart";
import {
  PlanError,
  planRollout,
  type ObservedState,
  type Placement,
  type RestartWish,
} from "../../../release/rolloutPlan";
import { containerLabels } from "../../../rules/host/expectedContainer";
import { modelRelease, placedRelease, serviceRelease } from "../../support/releases";

const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
const ALL: RestartWish = { after: 4, services: [] };
const WEB: RestartWish = { after: 4, services: ["web"] };

const proven = (record: ReleaseRecord, number = 1): Placement => ({
  number,
  record,
  proven: true,
});

function observed(overrides: Partial<ObservedState> = {}): ObservedState {
  return {
    activeColor: "blue",
    switchNumber: 4,
    placements: { blue: proven(first, 3), green: proven({ ...second, generation: 2 }, 7) },
    ...overrides,
  };
}

function restart(wish: RestartWish, state = observed(), versions = {}) {
  const desired = restartedRelease(wish, state, versions);
  return { desired, plan: planRollout(null, state, desired, wish) };
}

describe("a restart", () => {
  it("places what serves on the idle set, under its own id, in new containers alone", () => {
    const { desired, plan } = restart(ALL);
    expect(desired.id).toBe(first.id);
    expect(plan).toMatchObject({
      action: "deploy",
      activeColor: "green",
      outgoingColor: "blue",
      switchNumber: 5,
      sets: {
        blue: { touch: false, placement: 3 },
        green: { touch: true, placement: 8, record: { generation: 8, restartOf: first.id } },
      },
    });
    expect(describePlan(plan, desired)).toBe(
      `release ${first.id} is restarted on green; the traffic moves there from blue once it is proven`,
    );
  });

  it("makes new containers once more where the idle set holds the same release from a restart before", () => {
    const before = proven({ ...first, generation: 7, restartOf: first.id }, 7);
    const { plan } = restart(ALL, observed({ placements: { blue: proven(first), green: before } }));
    expect(plan.sets.green).toMatchObject({ touch: true, record: { generation: 8 } });
  });

  it("of one service keeps the other containers of a proven set, also in later updates", () => {
    const { plan } = restart(WEB);
    const { record } = plan.sets.green!;
    expect(record).toMatchObject({ generation: 2, generations: { web: 8 } });
    const generationOf = (service: string, held: ReleaseRecord) =>
      containerLabels({ prefix: "p", color: "green", record: held }, service, 0)[
        "maestro.generation"
      ];
    expect([generationOf("api", record), generationOf("web", record)]).toEqual(["2", "8"]);
    const later = observed({ placements: { blue: proven(second), green: proven(record, 8) } });
    const third = modelRelease({ api: 3, web: 1 });
    const next = planRollout(null, later, third).sets.green!.record;
    expect(generationOf("web", next)).toBe("8");
    expect(next).not.toHaveProperty("restartOf");
    const without = planRollout(null, later, modelRelease({ api: 3 })).sets.green!.record;
    expect(without).not.toHaveProperty("generations");
  });

  it("of one service makes all containers where the idle set was not proven", () => {
    const half = { ...proven(second, 7), proven: false };
    const { plan } = restart(WEB, observed({ placements: { blue: proven(first), green: half } }));
    expect(plan.sets.green?.record).toMatchObject({ generation: 8 });
    expect(plan.sets.green?.record).not.toHaveProperty("generations");
  });

  it("takes newer secrets of the services that it is about, which makes another release", () => {
    const services = {
      api: serviceRelease({ name: "api", overrides: { secrets: ["KEY"], secretVersion: "a1" } }),
      web: serviceRelease({ overrides: { secrets: ["KEY"], secretVersion: "w1" } }),
      jobs: serviceRelease({ name: "jobs" }),
    };
    const serving = placedRelease(createRelease(services));
    const state = observed({ placements: { blue: proven(serving), green: null } });
    const current = { api: "a2", web: "w2", jobs: "j1" };
    const versionsIn = (wish: RestartWish, versions: Readonly<Record<string, string>>) =>
      Object.entries(restartedRelease(wish, state, versions).services).map(
        ([name, { secretVersion }]) => `${name} ${secretVersion}`,
      );
    expect(versionsIn(ALL, current)).toEqual(["api a2", "web w2", "jobs undefined"]);
    expect(versionsIn(WEB, current)).toEqual(["api a1", "web w2", "jobs undefined"]);
    expect(versionsIn(ALL, {})).toEqual(["api a1", "web w1", "jobs undefined"]);
    const { desired, plan } = restart(ALL, state, current);
    expect(desired.id).not.toBe(serving.id);
    expect(plan.sets.green?.record.restartOf).toBe(serving.id);
    expect(describePlan(plan, desired)).toContain("is restarted on green, with newer secrets;");
  });

  it("is over with the next update: that has nothing to do, and keeps both sets", () => {
    const { record, placement } = restart(ALL).plan.sets.green!;
    const after = observed({
      activeColor: "green",
      switchNumber: 5,
      placements: { blue: proven(first, 3), green: proven(record, placement) },
    });
    const next = planRollout(null, after, first);
    expect(next).toMatchObject({ action: "none", switchNumber: 5 });
    expect([next.sets.blue?.touch, next.sets.green?.touch]).toEqual([false, false]);
    const back = planRollout(null, after, second);
    expect(back).toMatchObject({ action: "deploy", activeColor: "blue" });
  });

  it.each([
    [ALL, null, "restart: nothing serves yet; run `pulumi up` first"],
    [
      { ...ALL, after: 3 },
      observed(),
      "restart: was asked for after move 3 of the traffic, and it has moved since (4); run `maestro restart` again",
    ],
    [
      { after: 4, services: ["wbe", "web"] },
      observed(),
      `restart: wbe: no service of release ${first.id}; there are api, web`,
    ],
    [
      ALL,
      observed({
        canary: {
          ...{ release: second.id, color: "green", step: 0, percent: 10, isWatched: false },
          since: "2026-01-01T00:00:00.000Z",
        },
      }),
      `restart: needs the idle set, where release ${second.id} has 10 % of the clients; end that first ` +
        "(`maestro rollout promote`, or `abort`)",
    ],
  ] as const)("is refused with what to do (%#)", (wish, state, message) => {
    expect(() => restartedRelease(wish, state, {})).toThrow(new PlanError(message));
  });

  it.each([[ALL], [WEB], [{ after: 0, services: ["a", "b-c"] }]])(
    "is told by one variable (%#)",
    (wish) => expect(parseRestart(formatRestart(wish))).toEqual(wish),
  );

  it("refuses a variable that it has not written, and takes an empty one for none", () => {
    expect([parseRestart(undefined), parseRestart("")]).toEqual([null, null]);
    expect(() => parseRestart("yes")).toThrow(
      'MAESTRO_RESTART: is set by `maestro restart` for its update, got "yes"; unset it',
    );
  });
});

describe("the history of a restart", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const origin = () => ({ at, by: "tester", commit: null });
  const entry = (release: ReleaseRecord, overrides: Partial<HistoryEntry> = {}): HistoryEntry => ({
    ...{ number: 1, release: release.id, color: "blue", action: "deploy", ...origin() },
    ...{ digests: {}, verdict: "switched", ...overrides },
  });
  const reasons = { promotion: null, pinReason: null };
  const history = [entry(first)];

  it("says so once, under the release's own number", () => {
    const again = { ...reasons, restartOf: first.id };
    const told = appendHistory({ release: first, history }, first, "green", origin, again);
    expect(told.map(({ action, color, number }) => [action, color, number])).toEqual([
      ["restart", "green", 1],
      ["deploy", "blue", 1],
    ]);
    const next = { release: first, history: told };
    expect(appendHistory(next, first, "green", origin, again)).toBe(told);
    expect(appendHistory(next, first, "blue", origin, again)[0]?.action).toBe("restart");
    expect(isReturn(next, first.id)).toBe(false);
    expect(servedSince(told)).toBe(history[0]);
  });

  it("says so of a release that has newer secrets alone, and of no later move to it", () => {
    const again = { ...reasons, restartOf: first.id };
    const told = appendHistory({ release: first, history }, second, "green", origin, again);
    expect(told[0]).toMatchObject({ action: "restart", release: second.id });
    expect(servedSince(told)).toBe(told[0]);
    const third = placedRelease(modelRelease({ api: 3, web: 1 }));
    const later = appendHistory({ release: second, history: told }, third, "blue", origin, reasons);
    const back = { ...again, settingsFrom: second.id };
    const last = appendHistory({ release: third, history: later }, second, "green", origin, back);
    expect(last[0]).toMatchObject({ action: "rollback", release: second.id });
  });
});
