import { PassThrough } from "node:stream";
import type { Host } from "../../../host/host";
import type { LogQuery } from "../../../host/containerLog";
import { followEdge } from "../../../targets/dockerHost/followEdge";

import { logFrame, logModem } from "../../support/engineLogs";

const ENGINE_TIME = "2026-01-01T12:00:00.000Z";

function hostOf(
  log: PassThrough,
  driver = "json-file",
  info = () => ENGINE_TIME,
  asked: LogQuery[] = [],
  past?: PassThrough,
): Host {
  const container = {
    inspect: () => Promise.resolve({ HostConfig: { LogConfig: { Type: driver } } }),
  };
  const engine = {
    info: () => Promise.resolve({ SystemTime: info() }),
    getContainer: () => container,
    modem: logModem(() => log, asked, past && (() => past)),
  };
  return { engine: () => Promise.resolve(engine) } as unknown as Host;
}

afterEach(() => jest.restoreAllMocks());

describe("what follows the edge's log", () => {
  it("tells the time by the engine's clock, also where the deployer's is set meanwhile", async () => {
    const feed = await followEdge(hostOf(new PassThrough()), "p", 600, () => undefined);
    const real = Date.now;
    jest.spyOn(Date, "now").mockImplementation(() => real() + 2 * 3_600_000);
    const since = feed.now() - Date.parse(ENGINE_TIME) / 1000;
    expect(since).toBeGreaterThanOrEqual(0);
    expect(since).toBeLessThan(5);
    feed.close();
  });

  it.each([
    ["first", 0],
    ["last", 3_000],
  ])(
    "reads from when it was asked, where the engine says its clock %s and takes three seconds",
    async (_, saidAfter) => {
      const real = performance.now.bind(performance);
      let late = 0;
      jest.spyOn(performance, "now").mockImplementation(() => real() + late);
      const asked: LogQuery[] = [];
      const said = new Date(Date.parse(ENGINE_TIME) + saidAfter).toISOString();
      const slow = () => {
        late += 3_000;
        return said;
      };
      const feed = await followEdge(
        hostOf(new PassThrough(), "local", slow, asked),
        "p",
        0,
        () => undefined,
      );
      feed.close();
      const from = Date.parse(ENGINE_TIME) / 1000;
      // Never both at once: an Engine that rotates the log in between would follow the old one.
      expect(asked).toMatchObject([{ follow: true, tail: 0 }, { follow: false }]);
      expect(Number(asked[0]!.since)).toBeGreaterThanOrEqual(Number(asked[1]!.since));
      const since = Number(asked[1]!.since);
      expect(since).toBeLessThan(from + 1);
      expect(since).toBeGreaterThan(from - 5);
    },
  );

  it("tells what was before first, and what is in both once, however much that is", async () => {
    const [live, past] = [new PassThrough(), new PassThrough()];
    const request = (number: number) =>
      logFrame(
        JSON.stringify({
          ...{ at: number, set: "green", service: "web", method: "GET", uri: "/", status: 200 },
          ...{
            client: "192.0.2.7",
            connection: `${number}/1`,
            retried: false,
            upstreamStatus: "200",
          },
          ...{ headerSeconds: "0.001", port: 8080, probe: false },
        }),
      );
    const told: number[] = [];
    const host = hostOf(live, "local", undefined, [], past);
    const feed = await followEdge(host, "p", 600, ({ at }) => void told.push(at));
    live.write(request(8));
    live.write(request(9));
    for (let number = 0; number < 8; number += 1) past.write(request(number));
    await new Promise((resolve) => setImmediate(resolve));
    past.end(request(8));
    while (told.length < 10) await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(feed.missing()).toBeNull();
    feed.close();
  });

  it("says so where the log ends, or is not there to be read", async () => {
    const log = new PassThrough();
    const feed = await followEdge(hostOf(log), "p", 600, () => undefined);
    expect(feed.missing()).toBeNull();
    log.resume().end();
    await new Promise((resolve) => log.once("close", resolve));
    expect(feed.missing()).toMatch(/ended while it was read/);
    const silent = await followEdge(hostOf(log, "syslog"), "p", 600, () => undefined);
    expect(silent.missing()).toMatch(/goes to syslog/);
  });
});
