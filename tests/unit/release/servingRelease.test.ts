import type { ObservedState } from "../../../release/rolloutPlan";
import { servingRelease } from "../../../release/servingRelease";
import { modelRelease } from "../../support/releases";

const record = { ...modelRelease({ web: 1 }), slots: { web: 0 }, generation: 1 };
const serving: ObservedState = {
  ...{ activeColor: "blue", switchNumber: 3 },
  placements: { blue: { number: 1, proven: true, record }, green: null },
};
const ask = (observed: ObservedState | null) => () => servingRelease(observed, "stateful update");

describe("an update that is about something else", () => {
  it("leaves what serves as it is", () => {
    expect(ask(serving)()).toEqual({ id: record.id, services: record.services });
  });

  it("waits for a first release", () => {
    expect(ask(null)).toThrow("stateful update: nothing serves yet; run `pulumi up` first");
    expect(ask({ ...serving, activeColor: null })).toThrow("nothing serves yet");
  });

  it("ends no canary", () => {
    const canary = { release: "b32d1764d9c8", color: "green", percent: 10 } as never;
    expect(ask({ ...serving, canary })).toThrow(
      "release b32d1764d9c8 has 10 % of the clients, which an update would end",
    );
  });

  it("takes back no services that are on their way", () => {
    const roll = { release: "b32d1764d9c8", color: "green", since: "", moved: ["web"] } as const;
    expect(ask({ ...serving, roll })).toThrow(
      "stateful update: release b32d1764d9c8 is being rolled out to green: moved are web; all other services are got " +
        "from blue, which an update would end; let it come to its end first (`pulumi up`), or take it back " +
        "(`maestro rollback`)",
    );
  });
});
