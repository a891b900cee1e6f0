import { FAULTS } from "../../faults/catalogue";
import { lastRuns, readRows, renderTable, rowOf } from "../../faults/table";

const [first, second] = FAULTS;
const run = (fault: (typeof FAULTS)[number] | undefined, passed: boolean) => ({
  ...fault!,
  passed,
  outcome: passed ? "refused | and told" : "lost 3 requests\nof 200",
  seconds: 12.3,
  lost: passed ? 0 : 3,
  mayLose: 0,
});

describe("the table of faults", () => {
  const rows = [rowOf(run(first, true), "2026-01-02"), rowOf(run(second, false), "2026-01-03")];
  const saved = renderTable(lastRuns([], rows));

  it("reads what it has written, and nothing else", () => {
    expect(readRows(saved).slice(0, 2)).toEqual(rows);
    expect(readRows(saved)).toHaveLength(FAULTS.length);
  });

  it("counts neither a fault that did not hold nor one that was never made", () => {
    expect(saved).toContain(`1 of ${FAULTS.length} held in their last run.`);
    expect(saved).toContain("**failed:** lost 3 requests |");
    expect(saved).toContain("not run yet");
  });

  it("replaces the rows of a new run alone, and forgets what is no fault any more", () => {
    const gone = ["F1", "another title", "deploy", "held", "1 s", "0", "2025-01-01"];
    const again = rowOf(run(second, true), "2026-01-04");
    const merged = lastRuns([gone, ...readRows(saved)], [again]);
    expect(merged.slice(0, 2)).toEqual([rows[0], again]);
    expect(merged).toHaveLength(FAULTS.length);
  });
});
