import { workOutDora } from "../../../../rules/analytics/doraFigures";
import { renderMetrics } from "../../../../rules/analytics/doraMetrics";
import { describeFigures } from "../../../../rules/analytics/doraText";
import { NO_COMMITS, read, WINDOW, type Line } from "../../../support/deliveryEvents";

const phasesOf = (...lines: readonly Line[]) =>
  read(...lines).deployments.map(({ phases }) => phases);

describe("phases of a deployment", () => {
  it("follow one another from the claim to the verdict", () => {
    expect(
      phasesOf(
        [0, "claimed", "a"],
        [20, "proven", "a"],
        [320, "approved", "a"],
        [321, "moved", "a"],
        [381, "watched", "a"],
      ),
    ).toEqual([{ prove: 20, gates: 300, switch: 1, watch: 60 }]);
  });

  it("are left out where there is nothing to wait for, or no event that tells", () => {
    expect(phasesOf([0, "claimed", "a"], [20, "proven", "a"], [22, "moved", "a"])).toEqual([
      { prove: 20, switch: 2 },
    ]);
    expect(phasesOf([0, "moved", "a"])).toEqual([{}]);
  });

  it("of a canary end with the watch that comes after all have it", () => {
    expect(
      phasesOf(
        [0, "claimed", "a"],
        [5, "proven", "a"],
        [6, "shared", "a"],
        [16, "watched", "a"],
        [17, "shared", "a"],
        [27, "watched", "a"],
        [28, "moved", "a"],
        [88, "watched", "a"],
      ),
    ).toEqual([{ prove: 5, switch: 1, canary: 22, watch: 60 }]);
  });

  it("are those of the last try of a release that was rejected and came again", () => {
    expect(
      phasesOf(
        [0, "claimed", "a"],
        [9, "proven", "a"],
        [10, "rejected", "a"],
        [100, "claimed", "a"],
        [103, "proven", "a"],
        [104, "moved", "a"],
      ),
    ).toEqual([{ prove: 3, switch: 1 }]);
  });

  it("are in the report and in the metrics, where there are any", () => {
    const delivered = read([0, "claimed", "a"], [20, "proven", "a"], [21, "moved", "a"]);
    const figures = workOutDora(delivered, NO_COMMITS, WINDOW);
    const text = describeFigures("demo", figures).join("\n");
    expect(text).toMatch(/until its set was healthy +20\.0 s in the middle/);
    expect(text).not.toContain("until gates");
    const metrics = renderMetrics(new Map([["demo", figures]]));
    expect(metrics).toContain(
      'maestro_phase_seconds{stack="demo",phase="prove",quantile="0.5"} 20',
    );
    expect(metrics).toContain('maestro_phase_seconds_count{stack="demo",phase="gates"} 0');
    expect(metrics.match(/# TYPE maestro_phase_seconds gauge/g)).toHaveLength(1);
  });
});
