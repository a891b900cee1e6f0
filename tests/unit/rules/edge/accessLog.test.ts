import { parseAccessLine } from "../../../../rules/edge/accessLog";

const LINE = {
  time: "2026-11-27T02:00:00+00:00",
  ...{ id: "r1", set: "green", service: "web", method: "GET", uri: "/web/items?page=2" },
  ...{ status: 200, bytes: 12, seconds: 0.004, upstream: "10.1.1.10:8000", upstreamStatus: "200" },
  ...{ upstreamSeconds: "0.003", retried: false, client: "192.0.2.7", connection: "12/3" },
  ...{ at: 1_764_208_800.123, port: 8080, headerSeconds: "0.002", probe: false, reason: "" },
};

const parse = (change: object) => parseAccessLine(JSON.stringify({ ...LINE, ...change }));

describe("a line of the edge's log", () => {
  it("tells of a request, its path without what follows a question mark", () => {
    expect(parse({})).toEqual({
      key: "12/3 1764208800.123",
      status: 200,
      request: {
        ...{ at: 1_764_208_800.123, color: "green", service: "web", client: "192.0.2.7" },
        ...{ bad: false, seconds: 0.002, path: "GET /web/items", uri: "/web/items?page=2" },
      },
    });
  });

  it("tells no address that the log has cut", () => {
    const cut = parse({ uri: `/web/${"a".repeat(1995)}...` });
    expect(cut?.request.path).toHaveLength(120);
    expect(cut?.request.uri).toBeUndefined();
  });

  it.each([
    ["an answer of 500", { status: 500 }, true],
    ["the edge's own 502", { status: 502, upstreamStatus: "502", headerSeconds: "-" }, true],
    [
      "a replica that failed before another answered",
      { retried: true, upstreamStatus: "502, 200" },
      true,
    ],
    ["a replica that was not reached", { retried: true, upstreamStatus: "-, 200" }, true],
    ["a retry that is none of the service's", { retried: true, upstreamStatus: "404, 200" }, false],
    ["404", { status: 404 }, false],
  ])("%s is bad: %s", (_, change, bad) => {
    expect(parse(change)?.request.bad).toBe(bad);
  });

  it.each([
    ["0.002, 0.010", 0.012],
    ["0.001 : 0.002", 0.003],
    ["-", null],
    ["", null],
  ])("adds up the times of all replicas that were asked: %s", (headerSeconds, seconds) => {
    const found = parse({ headerSeconds })?.request.seconds ?? null;
    expect(found === null ? null : Number(found.toFixed(6))).toBe(seconds);
  });

  it.each([
    ["a question of maestro's own", { probe: true }],
    ["the preview port", { port: 8081 }],
    ["what the client gave up", { status: 499 }],
    ["what no service has", { service: "" }],
    ["the time before the first switch", { set: "none" }],
    ["an older version", { at: undefined }],
  ])("of %s tells of no user", (_, change) => {
    expect(parse(change)).toBeNull();
  });

  it("has no time to an answer where the connection was upgraded", () => {
    expect(parse({ status: 101 })?.request.seconds).toBeNull();
  });

  it.each(["", "2026/11/27 [warn] 7#7: *1 an upstream", '{"at":', "{}"])(
    "that is none of its own counts for nothing: %s",
    (line) => {
      expect(parseAccessLine(line)).toBeNull();
    },
  );
});
