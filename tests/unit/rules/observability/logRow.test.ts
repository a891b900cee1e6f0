import { parseFields } from "../../../../rules/logs/logLine";
import { edgeLabels, logRow } from "../../../../rules/observability/logRow";

const AT = "2026-09-01T12:00:00.123456789Z";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const LABELS = { stack: "demo", service: "web", set: "blue", release: "a1", replica: "0" };

function row(said: string | object): Record<string, unknown> {
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const whose = { set: "blue", service: "web", replica: 0 } as const;
  const line = logRow({ at: AT, stream: "stdout", text, ...whose }, LABELS);
  return JSON.parse(line) as Record<string, unknown>;
}

const OWN = { ...LABELS, stream: "stdout", _time: AT };

describe("a line as it is kept", () => {
  it("is the text that it is, where it is no JSON object", () => {
    for (const text of ["GET / 200", "", "{", "[1]", '{"a":', "null", '"x"', "7"]) {
      expect(row(text)).toEqual({ ...OWN, _msg: text });
    }
  });

  it("has each field of a JSON line, and its message", () => {
    const said = { message: "paid", order: 7, items: ["a"], user: { id: 3 }, none: null };
    expect(row(said)).toEqual({ ...OWN, ...said, _msg: "paid" });
    expect(row({ order: 7 })).toEqual({ ...OWN, order: 7, _msg: '{"order":7}' });
  });

  it.each([
    [{ msg: "m", level: 50 }, { level: "error" }],
    [{ event: "m", severity: "WARNING" }, { level: "warning" }],
    [{ body: "m", levelname: "FATAL" }, { level: "critical" }],
    [{ message: "m", level: "loud" }, { level: "loud" }],
  ])("says how bad it is in one way, whatever its logger says: %j", (said, expected) => {
    expect(row(said)).toEqual({ ...OWN, ...said, ...expected, _msg: "m" });
  });

  it.each(["trace_id", "traceId", "traceID", "otelTraceID", "trace.id", "trace"])(
    "is found by the trace that its logger has as %s",
    (field) => {
      expect(row({ message: "m", [field]: TRACE.toUpperCase() })["trace_id"]).toBe(TRACE);
    },
  );

  it("has no trace of what is none", () => {
    for (const trace of ["0", 7, { id: TRACE }, `${TRACE}0`]) {
      expect(row({ message: "m", trace })["trace_id"]).toBeUndefined();
    }
  });

  it("is whose it is, whatever it says itself", () => {
    const stranger = { stack: "other", service: "bank", set: "green", release: "b2", replica: "9" };
    const said = {
      ...stranger,
      stream: "x",
      _time: "1970-01-01T00:00:00Z",
      _msg: "y",
      _stream: "z",
    };
    const kept = row({ ...said, message: "m", "service.name": "bank" });
    expect(kept).toMatchObject({ ...OWN, _msg: "m" });
    expect(kept).toMatchObject({ "line.service": "bank", "line._time": said._time });
    expect(
      Object.keys(kept)
        .filter((name) => /^_|^service/.test(name))
        .sort(),
    ).toEqual(["_msg", "_time", "service"]);
  });

  it("makes no store of columns, and is no longer than is taken", () => {
    const many = Object.fromEntries(
      Array.from({ length: 101 }, (_, index) => [`f${index}`, index]),
    );
    expect(Object.keys(row(many))).toHaveLength(8);
    expect(Object.keys(row({ message: "m", deep: { many } }))).toHaveLength(8);
    const long = row({ message: "x".repeat(400_000) });
    expect(long["_msg"]).toMatch(/^\{"message":"x+ … \(340014 more characters\)$/);
    expect(JSON.stringify(long).length).toBeLessThan(100_000);
  });

  it("does not break on names that objects have themselves", () => {
    expect(row('{"__proto__":{"a":1},"constructor":"c","message":"m"}')).toMatchObject({
      _msg: "m",
      constructor: "c",
    });
  });
});

describe("a line of the edge", () => {
  const releases = new Map([["blue", "a1"]]);
  const edge = { stack: "demo", service: "edge", replica: "0" };

  it("is of the set and the release that have answered", () => {
    const text = '{"set":"blue","service":"web","status":200}';
    expect(edgeLabels(parseFields(text), "demo", releases)).toEqual({
      ...edge,
      set: "blue",
      release: "a1",
    });
  });

  it("is of neither where nobody has, or nobody is known", () => {
    for (const text of [
      '{"set":"","status":404}',
      '{"set":"green"}',
      "2026/09/01 [notice]",
      "{}",
    ]) {
      expect(edgeLabels(parseFields(text), "demo", releases)).toEqual({
        ...edge,
        set: "",
        release: "",
      });
    }
  });
});
