import { PassThrough } from "node:stream";
import type { Host } from "../../../host/host";
import type { LogQuery } from "../../../host/containerLog";
import { followEdge } from "../../../targets/dockerHost/followEdge";

import { logModem } from "../../support/engineLogs";

const ENGINE_TIME = "2026-01-01T12:00:00.000Z";

function hostOf(
  log: PassThrough,
  driver = "json-file",
  info = () => ENGINE_TIME,
  asked: LogQuery[] = [],
): Host {
  const container = {
    inspect: () => Promise.resolve({ HostConfig: { LogConfig: { Type: driver } } }),
  };
  const engine = {
    info: () => Promise.resolve({ SystemTime: info() }),
    getContainer: () => container,
    modem: logModem(() => log, asked),
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
      const since = Number(asked[1]!.since);
      expect(since).toBeLessThan(from + 1);
      expect(since).toBeGreaterThan(from - 5);
    },
  );

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
