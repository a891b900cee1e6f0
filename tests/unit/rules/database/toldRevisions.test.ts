import { toldRevisions } from "../../../../rules/database/toldRevisions";

describe("what an image is told", () => {
  const chain = (length: number, bad = -1) =>
    Array.from({ length }, (_, index) => ({
      revision: `revision-${String(length - index).padStart(8, "0")}`,
      down: index + 1 === length ? [] : [`revision-${String(length - index - 1).padStart(8, "0")}`],
      compatible: length - index !== bad,
    }));
  const name = (number: number) => `revision-${String(number).padStart(8, "0")}`;
  const at = (length: number, bad?: number) => ({
    revisions: [name(length)],
    known: chain(length, bad),
    release: "r",
    at: "",
  });

  it("is everything where that fits", () => {
    expect(JSON.parse(toldRevisions(at(300), [name(1)]))).toHaveLength(300);
    expect(toldRevisions(undefined, undefined)).toBe("[]");
  });

  it("is where the way back ends, of a history that is longer than a variable", () => {
    const told = toldRevisions(at(3000), [name(1), name(2)]);
    expect(JSON.parse(told)).toEqual([{ revision: name(3000), down: [name(2)], compatible: true }]);
  });

  it("is what is not compatible on that way, unless it is declared", () => {
    const bad = JSON.parse(toldRevisions(at(3000, 5), [name(2)])) as object[];
    expect(bad).toEqual([
      { revision: name(3000), down: [name(5)], compatible: true },
      { revision: name(5), down: [name(4)], compatible: false },
    ]);
    expect(JSON.parse(toldRevisions(at(3000, 5), [name(2)], [name(5)]))).toEqual([
      { revision: name(3000), down: [name(5)], compatible: true },
    ]);
  });

  it("is the newest part that fits, where nobody knows what the image has", () => {
    const told = toldRevisions(at(3000), undefined);
    expect(Buffer.byteLength(told)).toBeLessThan(131_072);
    expect((JSON.parse(told) as object[]).length).toBeGreaterThan(500);
  });
});
