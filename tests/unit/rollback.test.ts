import { planRollback } from "../../operations/rollback";
import { digestsOf } from "../../release/release";
import type { StackOutputs } from "../../release/stackOutputs";
import { modelRelease, placedRelease } from "../support/modelWorld";
import { digestOf } from "../support/releases";

const old = placedRelease(modelRelease({ web: 1, api: 1 }));
const now = placedRelease(modelRelease({ web: 2, api: 1 }));

const outputs: Partial<StackOutputs> = {
  release: { id: now.id, digests: digestsOf(now) },
  previousRelease: { id: old.id, digests: digestsOf(old) },
  containerSets: { blue: old, green: now },
  history: [],
};
const recorded = (id: string) => [old, now].find((release) => release.id === id) ?? null;

describe("planRollback", () => {
  it("goes back to the previous release, warm, with the settings it had", () => {
    expect(planRollback({ stack: "demo" }, outputs, recorded)).toEqual({
      stack: "demo",
      from: now.id,
      to: old.id,
      warm: true,
      settingsKnown: true,
      changes: { web: { from: digestOf(2), to: digestOf(1) } },
      digests: digestsOf(old),
    });
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
    expect(() => planRollback(request, its as Partial<StackOutputs>, recorded)).toThrow(message);
  });
});
