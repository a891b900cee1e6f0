import { createRelease, type Release } from "../../../release/release";
import { describePlan, explainStaleOutputs } from "../../../release/planWords";
import {
  planRollout,
  PlanError,
  touchedSets,
  type ObservedState,
  type Placement,
} from "../../../release/rolloutPlan";
import { modelRelease, placedRelease } from "../../support/releases";

const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
const third = modelRelease({ api: 3, web: 1 });

const proven = (record: Placement["record"], number = 1): Placement => ({
  number,
  record,
  proven: true,
});

function observed(overrides: Partial<ObservedState> = {}): ObservedState {
  return {
    activeColor: "blue",
    switchNumber: 1,
    placements: { blue: proven(first), green: null },
    ...overrides,
  };
}

describe("planRollout", () => {
  it("places the first release on blue and leaves green empty", () => {
    const plan = planRollout(null, null, first);
    expect(plan).toEqual({
      action: "deploy",
      activeColor: "blue",
      outgoingColor: null,
      sets: {
        blue: { record: first, touch: true, protect: false, placement: 1 },
        green: null,
      },
      switchNumber: 1,
    });
  });

  it("does nothing when the release serves already, and protects what serves", () => {
    const plan = planRollout(null, observed(), first);
    expect(plan.action).toBe("none");
    expect(plan.switchNumber).toBe(1);
    expect(plan.sets.blue).toEqual({ record: first, touch: false, protect: true, placement: 1 });
    expect(touchedSets(plan)).toEqual([]);
  });

  it("does not protect what serves while that may be taken back, since its services may be gone then", () => {
    const plan = planRollout(null, observed({ unsettled: true }), first);
    expect(plan).toMatchObject({
      action: "none",
      sets: { blue: { touch: false, protect: false } },
    });
  });

  it("places another release on the idle set and leaves the active one untouched", () => {
    const plan = planRollout(null, observed(), third);
    expect(plan.action).toBe("deploy");
    expect(plan.activeColor).toBe("green");
    expect(touchedSets(plan)).toEqual(["green"]);
    expect(plan.sets.blue).toMatchObject({ record: first, touch: false });
  });

  it("only switches when the release waits on the idle set", () => {
    const state = observed({ placements: { blue: proven(first), green: proven(second) } });
    const plan = planRollout(null, state, second);
    expect(plan.action).toBe("switch");
    expect(plan.switchNumber).toBe(2);
    expect(touchedSets(plan)).toEqual([]);
  });

  it("places a release again that waits on the idle set without proof", () => {
    const half = { ...proven(second, 4), proven: false };
    const plan = planRollout(
      null,
      observed({ placements: { blue: proven(first), green: half } }),
      second,
    );
    expect(plan.action).toBe("deploy");
    expect(plan.sets.green).toMatchObject({ touch: true, placement: 5 });
    expect(plan.sets.green?.record.generation).toBe(5);
  });

  it("keeps the generation of a proven set, so that services that do not change keep their containers", () => {
    const state = observed({
      placements: { blue: proven(first), green: proven({ ...second, generation: 3 }, 7) },
    });
    const plan = planRollout(null, state, third);
    expect(plan.sets.green?.record.generation).toBe(3);
    expect(plan.sets.green?.placement).toBe(8);
  });

  it("makes all containers of a set again where a service goes back to its image's own command", () => {
    const { api } = second.services;
    const own = {
      ...second,
      services: { ...second.services, api: { ...api!, command: ["serve"] } },
    };
    const state = observed({
      placements: { blue: proven(first), green: proven({ ...own, generation: 3 }, 7) },
    });
    const generationFor = (release: Release) =>
      planRollout(null, state, release).sets.green?.record.generation;
    expect(generationFor(third)).toBe(8);
    const other = { ...third.services.api!, command: ["serve", "--fast"] };
    expect(generationFor(createRelease({ ...third.services, api: other }))).toBe(3);
    expect(generationFor(createRelease({ web: third.services.web! }))).toBe(3);
  });

  describe("while a release gets a share of the clients", () => {
    const canary = (color: "blue" | "green") => ({
      ...{ release: second.id, color, step: 1, percent: 50 },
      ...{ since: "2026-01-01T00:00:00.000Z", isWatched: false },
    });
    const both = { blue: proven(first), green: proven(second) };

    it("moves all of them back where the release that serves is wanted", () => {
      const plan = planRollout(
        null,
        observed({ placements: both, canary: canary("green") }),
        first,
      );
      expect(plan).toMatchObject({ action: "switch", activeColor: "blue", switchNumber: 2 });
    });

    it("has nothing to do where it serves all of them by now", () => {
      const state = { activeColor: "green" as const, switchNumber: 2, placements: both };
      const plan = planRollout(null, observed({ ...state, canary: canary("green") }), second);
      expect(plan).toMatchObject({ action: "none", activeColor: "green", switchNumber: 2 });
      expect(plan.canary).toBeUndefined();
    });

    it("switches back where it serves all of them and the one before is wanted", () => {
      const state = { activeColor: "green" as const, switchNumber: 2, placements: both };
      const plan = planRollout(null, observed({ ...state, canary: canary("green") }), first);
      expect(plan).toMatchObject({ action: "switch", activeColor: "blue", outgoingColor: "green" });
      expect(plan.canary).toBeUndefined();
    });
  });

  it("empties an idle set that failed when there is nothing else to do", () => {
    const half = { ...proven(second, 2), proven: false };
    const plan = planRollout(
      null,
      observed({ placements: { blue: proven(first), green: half } }),
      first,
    );
    expect(plan.sets.green).toBeNull();
  });

  it("believes the edge and says so when an update was killed between its switch and its end", () => {
    const previous = { activeColor: "blue" as const, sets: { blue: first, green: null } };
    const state = observed({
      activeColor: "green",
      switchNumber: 2,
      placements: { blue: proven(first), green: proven(second) },
    });
    const plan = planRollout(previous, state, second);
    expect(plan.action).toBe("none");
    expect(plan.activeColor).toBe("green");
    expect(explainStaleOutputs(previous.activeColor, "green")).toBe(
      "the edge serves green, though the last finished update recorded blue: an update was stopped after its switch; " +
        "green counts as the active set",
    );
    expect(explainStaleOutputs("green", "green")).toBeNull();
  });

  it("goes by the outputs on a host without records", () => {
    const previous = { activeColor: "green" as const, sets: { blue: null, green: second } };
    const plan = planRollout(previous, null, second);
    expect(plan.action).toBe("none");
    expect(plan.activeColor).toBe("green");
  });

  it("fails when nobody knows which release the active set holds", () => {
    const state = observed({ placements: { blue: null, green: null } });
    expect(() => planRollout(null, state, first)).toThrow(PlanError);
    expect(() => planRollout(null, state, first)).toThrow(
      "the edge serves blue, but neither the host nor the stack's outputs know which release that is",
    );
  });

  it.each([
    [null, first, `release ${first.id} goes to blue; the traffic moves there once it is proven`],
    [observed(), first, `release ${first.id} serves already on blue: nothing to do`],
    [
      observed(),
      third,
      `release ${third.id} goes to green; the traffic moves there from blue once it is proven`,
    ],
    [
      observed({ placements: { blue: proven(first), green: proven(second) } }),
      second,
      `release ${second.id} is warm on green: only the traffic moves from blue`,
    ],
  ])("describes itself in a sentence (%#)", (state, desired, sentence) => {
    expect(describePlan(planRollout(null, state, desired), desired)).toBe(sentence);
  });
});
