import { byTime, isShown, levelOf, type LogLine } from "../../../../rules/logs/logLine";
import { parseMoment } from "../../../../rules/logs/moment";
import { LineWriter, lineAsJson } from "../../../../rules/logs/showLine";

const LINE: LogLine = {
  at: "2026-11-29T19:47:17.532000001Z",
  ...{ set: "green", service: "web", replica: 0, stream: "stdout", text: "hello" },
};

it.each([
  ['{"level":"INFO","msg":"x"}', "info"],
  ['{"levelname":"WARNING"}', "warning"],
  ['{"severity":"ERROR"}', "error"],
  ['{"log.level":"warn"}', "warning"],
  ['{"level":50}', "error"],
  ['{"level":60}', "critical"],
  ['{"level":"fatal"}', "critical"],
  ['{"level":"quiet"}', null],
  ['{"msg":"no level"}', null],
  ["{not json", null],
  ["ERROR: a line of text", null],
])("%s says %s", (text, level) => {
  expect(levelOf(text)).toBe(level);
});

it("lines are shown by what they say, and by how bad they say they are", () => {
  expect(isShown("GET /web", { grep: /web/u })).toBe(true);
  expect(isShown("GET /api", { grep: /web/u })).toBe(false);
  expect(isShown('{"level":"error"}', { level: "warning" })).toBe(true);
  expect(isShown('{"level":"info"}', { level: "warning" })).toBe(false);
  expect(isShown("Traceback", { level: "warning" })).toBe(false);
});

it("lines of one moment stay in their order", () => {
  const at = (time: string, text: string) => ({ ...LINE, at: time, text });
  const sorted = byTime([at("2", "c"), at("1", "a"), at("2", "d"), at("1", "b")]);
  expect(sorted.map(({ text }) => text).join("")).toBe("abcd");
});

describe("a line for people", () => {
  it("begins below the one before, and is one line whatever a service writes", () => {
    const writer = new LineWriter(false);
    expect(writer.show(LINE)).toBe("19:47:17.532 green web-0  hello");
    expect(writer.show({ ...LINE, service: "gateway", set: "blue" })).toBe(
      "19:47:17.532 blue gateway-0  hello",
    );
    expect(writer.show({ ...LINE, text: "\u001b[31mred\u001b[0m\u001b]0;title\u0007\rover" })).toBe(
      "19:47:17.532 green web-0     red?over",
    );
  });

  it("has its service's color where the terminal shows colors", () => {
    const writer = new LineWriter(true);
    const [first, other] = [writer.show(LINE), writer.show({ ...LINE, service: "api" })];
    expect(first).toMatch(/^\u001b\[36m19:47:17\.532 green web-0\u001b\[39m {2}hello$/);
    expect(other).toMatch(/^\u001b\[33m/);
    expect(writer.show(LINE)).toBe(first);
  });
});

it("a line for programs has its text as it is", () => {
  expect(JSON.parse(lineAsJson({ ...LINE, text: "\u001b[31mred" }))).toEqual({
    ...LINE,
    text: "\u001b[31mred",
  });
});

describe("a moment", () => {
  const now = new Date("2026-11-29T20:00:00Z");

  it.each([
    ["90s", "2026-11-29T19:58:30Z"],
    ["10m", "2026-11-29T19:50:00Z"],
    ["2h", "2026-11-29T18:00:00Z"],
    ["3d", "2026-11-26T20:00:00Z"],
    ["2026-11-29", "2026-11-29T00:00:00Z"],
    ["2026-11-29T12:30", "2026-11-29T12:30:00Z"],
    ["2026-11-29T12:30:15+02:00", "2026-11-29T10:30:15Z"],
  ])("%s is %s", (text, at) => {
    expect(Number(parseMoment(text, now))).toBe(Date.parse(at) / 1000);
  });

  it.each(["", "10", "10w", "soon", "2026-13-01", "2027-01-01", "-5m"])("%j is none", (text) => {
    expect(() => parseMoment(text, now)).toThrow(/^--since: must be such as 30s/);
  });
});
