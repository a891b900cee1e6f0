import { matchOutput, readSteps, withNames } from "../../support/transcript";

const A = "c810c368084a";
const B = "05cf69521bde";
const C = "b47e3cd8e15a";
const none = new Map<string, string>();

describe("a console block", () => {
  it("is commands with what each of them prints", () => {
    expect(readSteps("$ a --b\none\n\ntwo\n$ c\n")).toEqual([
      { command: "a --b", output: ["one", "", "two"] },
      { command: "c", output: [] },
    ]);
    expect(() => readSteps("one\n$ a\n")).toThrow('begins with a command, got "one"');
  });

  it("is the real output where only times, durations and figures differ", () => {
    const shown = [
      `blue serves release ${A}; moved and asked in 0.03 s`,
      "  at 2026-11-25T23:35:42.520Z",
    ];
    const real = [
      `blue serves release ${B}; moved and asked in 12 s`,
      "  at 2027-01-02T03:04:05.678Z",
    ];
    expect(matchOutput(shown, real, none)).toEqual(new Map([[A, B]]));
  });

  it("is not where a word, a count, a place or a line differs", () => {
    const shown = ["  2 services change", "done"];
    expect(matchOutput(shown, ["  3 services change", "done"], none)).toBeNull();
    expect(matchOutput(shown, [" 2 services change", "done"], none)).toBeNull();
    expect(matchOutput(shown, ["  2 services change"], none)).toBeNull();
    expect(matchOutput(shown, ["  2 services change", "done", "more"], none)).toBeNull();
    expect(matchOutput(shown, ["  2 services change", "more", "done"], none)).toBeNull();
  });

  it("may leave lines and the ends of lines out, where it says so", () => {
    const real = ["a", "b", "c: 1, 2", "d"];
    expect(matchOutput(["…", "c: …", "d"], real, none)).not.toBeNull();
    expect(matchOutput(["a", "…"], real, none)).not.toBeNull();
    expect(matchOutput(["…", "e", "…"], real, none)).toBeNull();
    expect(matchOutput(["…", "d", "…", "a"], real, none)).toBeNull();
  });

  it("names one release by one id, here and in what follows", () => {
    expect(matchOutput([`${A} -> ${B}`], [`${C} -> ${A}`], none)).toEqual(
      new Map([
        [A, C],
        [B, A],
      ]),
    );
    expect(matchOutput([`${A} -> ${A}`], [`${C} -> ${A}`], none)).toBeNull();
    expect(matchOutput([`${A} -> ${B}`], [`${C} -> ${C}`], none)).toBeNull();
    expect(matchOutput([A], [B], new Map([[A, C]]))).toBeNull();
    expect(withNames(`rollback --to ${A}`, new Map([[A, C]]))).toBe(`rollback --to ${C}`);
  });
});
