import { promote, type PromotionRequest } from "../../../release/promotion";
import type { StackOutputs } from "../../../release/stackOutputs";
import type { Verdict } from "../../../release/trafficVerdict";
import { digest } from "../../support/fixtures";

const NOW = new Date("2026-03-02T12:00:00Z");
const HOURS = 3600;

const request: PromotionRequest = {
  from: "demo",
  minimumSoakSeconds: 24 * HOURS,
  repositories: { web: "registry.example.com/team/web" },
  serving: null,
  now: NOW,
};

function demo(changes: Partial<StackOutputs> = {}, at = "2026-03-01T11:00:00Z") {
  const digests = { web: digest("a") };
  const entry = { by: "ada", commit: "c0ffee", color: "blue", action: "deploy" } as const;
  return {
    activeColor: "blue",
    release: { id: "abc", digests },
    history: [{ ...entry, at, release: "abc", digests, verdict: "switched" }],
    containerSets: { blue: { id: "abc", services: {}, slots: {}, generation: 1 }, green: null },
    services: {
      web: { url: "", image: `registry.example.com/team/web@${digest("a")}`, replicas: 1 },
    },
    ...changes,
  } as Partial<StackOutputs>;
}

describe("promote", () => {
  it("takes over the digests that have served long enough, with who proved them and when", () => {
    expect(promote(request, demo())).toEqual({
      digests: { web: digest("a") },
      evidence: {
        from: "demo",
        release: "abc",
        at: "2026-03-01T11:00:00Z",
        by: "ada",
        commit: "c0ffee",
        verdict: "switched",
        soakedSeconds: 25 * HOURS,
      },
    });
  });

  it("does not ask again about what was taken over before", () => {
    const young = demo({}, "2026-03-02T11:59:00Z");
    expect(() => promote(request, young)).toThrow();
    expect(promote({ ...request, serving: { web: digest("a") } }, young).digests).toEqual({
      web: digest("a"),
    });
  });

  describe("with a verdict that the watch there must have given", () => {
    const asked = { ...request, verdict: "pass" } as const;
    const watched = (verdict: Verdict) => {
      const source = demo();
      return { ...source, history: [{ ...source.history![0]!, watched: verdict }] };
    };

    it("takes over what has passed, with the verdict, and what was taken over before", () => {
      expect(promote(asked, watched("pass")).evidence.watched).toBe("pass");
      const serving = { web: digest("a") };
      expect(promote({ ...asked, serving }, watched("noData")).evidence.watched).toBe("noData");
      expect(promote(request, watched("inconclusive")).evidence.watched).toBe("inconclusive");
    });

    it("refuses what has not, and what nobody knows of", () => {
      expect(() => promote(asked, watched("inconclusive"))).toThrow(
        "maestro:gates.promotion: the watch of release abc in stack demo has said inconclusive, it must say pass; release " +
          "there under more traffic or with a longer watch (maestro:rollout.bakeSeconds), or pin a release and say why in " +
          "maestro:pinReason",
      );
      expect(() => promote(asked, demo())).toThrow(
        "maestro:gates.promotion: stack demo does not say what its watch has found of release abc; release there with a " +
          "watch (maestro:rollout.bakeSeconds), or pin a release and say why in maestro:pinReason",
      );
    });
  });

  // prettier-ignore
  it.each<[string, Partial<StackOutputs>, string]>([
    ["a stack without outputs", {}, "maestro:promoteFrom: stack demo serves no release; release there first, or name another stack"],
    ["a release that has served too short", demo({}, "2026-03-02T11:30:00Z"), "maestro:minimumSoak: release abc has served in stack demo for 30 min, it must for 24 h; wait 23 h 30 min, or pin a release and say why in maestro:pinReason"],
    ["a release of the future", demo({}, "2026-03-02T12:10:00Z"), "maestro:promoteFrom: stack demo serves release abc since 2026-03-02T12:10:00Z, but this machine's clock says 2026-03-02T12:00:00.000Z; set the clock that is wrong (`timedatectl`), here or where stack demo is released"],
    ["a release that has served for no time by clocks that are seconds apart", demo({}, "2026-03-02T12:00:20Z"), "maestro:minimumSoak: release abc has served in stack demo for 0 s, it must for 24 h; wait 24 h"],
    ["a release that is not the active one", demo({ activeColor: "green" }), "maestro:promoteFrom: stack demo does not say since when it serves release abc; run `pulumi up -s demo` and try again"],
    ["other services", demo({ release: { id: "abc", digests: { web: digest("a"), api: digest("b") } } }), "maestro:promoteFrom: this stack has the services web, stack demo releases api, web; enable the same ones in both"],
    ["another repository", demo({ services: { web: { url: "", replicas: 1, image: `other.example.com/web@${digest("a")}` } } }), "maestro:promoteFrom: web comes from registry.example.com/team/web here and from other.example.com/web in stack demo; images are never copied or built again: set maestro:registry to that stack's"],
  ])("fails for %s", (_, source, message) => {
    expect(() => promote(request, source)).toThrow(message);
  });
});
