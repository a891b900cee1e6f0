import type { CanaryRecord } from "../../../release/canary";
import { planRollback } from "../../../operations/rollback";
import type { HostFacts } from "../../../operations/shared/hostFacts";
import { digestsOf } from "../../../release/release";
import type { StackOutputs } from "../../../release/stackOutputs";
import { digestOf, modelRelease, placedRelease } from "../../support/releases";

const old = placedRelease(modelRelease({ web: 1, api: 1 }));
const now = placedRelease(modelRelease({ web: 2, api: 1 }));

const outputs: Partial<StackOutputs> = {
  release: { id: now.id, digests: digestsOf(now) },
  previousRelease: { id: old.id, digests: digestsOf(old) },
  containerSets: { blue: old, green: now },
  history: [],
};
const facts: HostFacts = {
  serving: now,
  canary: null,
  waiting: { release: old.id, differences: [] },
};
const recorded = (id: string) => [old, now].find((release) => release.id === id) ?? null;

describe("planRollback", () => {
  it("goes back from a canary to what most clients get already", () => {
    const canary: CanaryRecord = {
      ...{ release: "b00000000000", color: "blue", step: 0, percent: 10 },
      ...{ since: "2026-01-01T00:00:00.000Z", isWatched: false },
    };
    const plan = planRollback({ stack: "demo" }, outputs, recorded, { ...facts, canary });
    expect(plan).toMatchObject({ from: now.id, to: now.id, warm: true, changes: {} });
  });

  it("goes back from a roll to what most services are got from already", () => {
    const since = "2026-01-01T00:00:00.000Z";
    const roll = { release: "b00000000000", color: "blue", since, moved: ["api"] } as const;
    const plan = planRollback({ stack: "demo" }, outputs, recorded, { ...facts, roll });
    expect(plan).toMatchObject({ from: now.id, to: now.id, warm: true, changes: {} });
  });

  it("goes back to the previous release, warm, with the settings it had", () => {
    expect(planRollback({ stack: "demo" }, outputs, recorded, facts)).toEqual({
      stack: "demo",
      from: now.id,
      to: old.id,
      warm: true,
      differences: [],
      settingsKnown: true,
      changes: { web: { from: digestOf(2), to: digestOf(1) } },
      digests: digestsOf(old),
    });
  });

  it("offers no switch to a set that is not what it was proven to be, and says why", () => {
    const differences = ["container demo-blue-web-0: memory: wanted 256 MB, got 128 MB"];
    const waiting = { release: old.id, differences };
    const plan = planRollback({ stack: "demo" }, outputs, recorded, {
      serving: now,
      canary: null,
      waiting,
    });
    expect(plan).toMatchObject({ warm: false, differences });
  });

  it("goes by what serves, where an update was stopped before its outputs were recorded", () => {
    const plan = planRollback({ stack: "demo" }, outputs, recorded, { ...facts, serving: old });
    expect(plan).toMatchObject({ from: old.id, to: now.id });
    expect(() =>
      planRollback({ stack: "demo", to: old.id }, outputs, recorded, { ...facts, serving: old }),
    ).toThrow(`demo: release ${old.id} serves already`);
  });

  it("goes to any release of the history, with today's settings where its own are forgotten", () => {
    const entry = {
      release: "0123456789ab",
      color: "blue" as const,
      action: "deploy" as const,
      at: "",
      by: "",
      commit: null,
      digests: { web: digestOf(7) },
      verdict: "switched" as const,
    };
    const plan = planRollback(
      { stack: "demo", to: "0123456789ab" },
      { ...outputs, history: [entry] },
      recorded,
      facts,
    );
    expect(plan).toMatchObject({
      warm: false,
      settingsKnown: false,
      digests: { web: digestOf(7) },
    });
    expect(plan.changes).toEqual({
      api: { from: digestOf(1), to: null },
      web: { from: digestOf(2), to: digestOf(7) },
    });
  });

  it.each([
    [
      "nothing was released",
      {},
      undefined,
      "demo: nothing was released yet; run `pulumi up` first",
    ],
    [
      "there is no release before",
      { ...outputs, previousRelease: null },
      undefined,
      `demo: release ${now.id} is the first one, so there is none before it`,
    ],
    ["the release serves", outputs, now.id, `demo: release ${now.id} serves already`],
    [
      "it never served",
      outputs,
      "ffffffffffff",
      "demo: release ffffffffffff never served here; choose one of: (none)",
    ],
  ])("fails when %s", (_what, its, to, message) => {
    const request = { stack: "demo", ...(to ? { to } : {}) };
    const known = "release" in its ? facts : { serving: null, canary: null, waiting: null };
    expect(() => planRollback(request, its as Partial<StackOutputs>, recorded, known)).toThrow(
      message,
    );
  });
});
