import { ToldLines } from "../../../../rules/logs/toldLines";

const line = (number: number, text = `line ${number}`) => ({
  at: `2026-09-01T12:00:00.${String(number).padStart(9, "0")}Z`,
  stream: "stdout",
  text,
});
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => line(from + index));

describe("lines of a log", () => {
  it("are told once where a reading begins before the end of the last, in whatever pieces they come", () => {
    const told = new ToldLines();
    expect(told.fresh(lines(0, 10))).toEqual(lines(0, 10));
    expect(told.fresh(lines(6, 8))).toEqual([]);
    expect(told.fresh(lines(8, 12))).toEqual(lines(10, 12));
    expect(told.fresh(lines(11, 14))).toEqual(lines(12, 14));
  });

  it("are told though the other stream's were a moment before them", () => {
    const told = new ToldLines();
    const [late, last] = [{ ...line(8), stream: "stderr" }, line(9)];
    told.fresh([line(7), last]);
    expect(told.fresh([last, late, line(10)])).toEqual([late, line(10)]);
  });

  it("are told once, too, where they are told again from further back than each is known", () => {
    const told = new ToldLines(10);
    expect(told.fresh(lines(0, 1_000))).toEqual(lines(0, 1_000));
    told.beginAgain();
    expect(told.fresh(lines(100, 1_002))).toEqual(lines(1_000, 1_002));
  });

  it("are told where the clock was set back, also in the next reading", () => {
    const told = new ToldLines(10);
    told.fresh(lines(900, 1_000));
    const earlier = [line(5, "again 5"), line(6, "again 6")];
    expect(told.fresh(earlier)).toEqual(earlier);
    told.beginAgain();
    expect(told.fresh([...lines(990, 1_001), line(7, "again 7")])).toEqual([
      line(1_000),
      line(7, "again 7"),
    ]);
  });

  it("of one moment are two where they are not the same", () => {
    const told = new ToldLines();
    told.fresh([line(1, "a")]);
    expect(told.fresh([line(1, "a"), line(1, "ab")])).toEqual([line(1, "ab")]);
  });
});
