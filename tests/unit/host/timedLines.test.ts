import fc from "fast-check";
import { timedLines, type TimedLine } from "../../../host/timedLines";

const AT = "2026-11-29T19:47:17.532000001Z";

/** A piece as the Engine writes it. */
function frame(stream: 1 | 2, text: string | Buffer, at = AT): Buffer {
  const piece = Buffer.concat([Buffer.from(`${at} `), Buffer.from(text)]);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(piece.length, 4);
  return Buffer.concat([head, piece]);
}

function readIn(bytes: Buffer, cuts: readonly number[]): TimedLine[] {
  const read = timedLines();
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).flatMap((end, index) => read(bytes.subarray(places[index], end)));
}

describe("a container's log with times", () => {
  it("is whole lines, wherever the connection cuts it", () => {
    const texts = fc.array(
      fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", "")),
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), (lines, cuts) => {
        const bytes = Buffer.concat(lines.map((text) => frame(1, `${text}\n`)));
        expect(readIn(bytes, cuts).map(({ text }) => text)).toEqual(lines);
      }),
    );
  });

  it("has one line of a long one, whose pieces have a time each, also in the middle of a character", () => {
    const whole = Buffer.from(`${"a".repeat(20)}ü${"b".repeat(20)}\n`);
    const bytes = Buffer.concat([
      frame(1, whole.subarray(0, 21)),
      frame(2, "beside it\n"),
      frame(1, whole.subarray(21), AT.replace("1Z", "9Z")),
    ]);
    expect(readIn(bytes, [])).toEqual([
      { at: AT, stream: "stderr", text: "beside it" },
      { at: AT, stream: "stdout", text: whole.toString().trimEnd() },
    ]);
  });

  it("keeps lines that are empty, or begin with a space", () => {
    const bytes = Buffer.concat([frame(1, "\n"), frame(1, "  indented\n")]);
    expect(readIn(bytes, []).map(({ text }) => text)).toEqual(["", "  indented"]);
  });
});
