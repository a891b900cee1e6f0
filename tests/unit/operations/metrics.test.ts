import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import type { Host } from "../../../host/host";
import { EdgeFeed } from "../../../operations/metrics/edgeFeed";
import { EdgeTraffic } from "../../../operations/metrics/edgeTraffic";
import type { Exporter } from "../../../operations/metrics/exporter";
import { Instruments } from "../../../operations/metrics/instruments";
import { serveMetrics } from "../../../operations/metrics/serveMetrics";
import { createRelease } from "../../../release/release";
import { METRICS } from "../../../rules/observability/metricNames";
import { logFrame, logModem } from "../../support/engineLogs";
import { placedRelease, serviceRelease } from "../../support/releases";

const [OLD, NEW] = [1, 2].map((version) =>
  placedRelease(createRelease({ web: serviceRelease({ version }) })),
);

/** Hosts whose edge has these logs, one after another. */
function hostOf(logs: PassThrough[]): Host {
  const container = {
    inspect: () =>
      Promise.resolve({ Id: "edge", HostConfig: { LogConfig: { Type: "json-file" } } }),
  };
  const engine = {
    info: () => Promise.resolve({ SystemTime: new Date().toISOString() }),
    getContainer: () => container,
    modem: logModem(() => (logs.length > 1 ? logs.shift()! : logs[0]!)),
  };
  return { engine: () => Promise.resolve(engine) } as unknown as Host;
}

function line(set: string, status: number, at = Date.now() / 1000, isTimed = false): Buffer {
  const time = isTimed ? `${new Date(at * 1000).toISOString()} ` : "";
  return logFrame(
    `${time}${JSON.stringify({
      ...{ at, set, service: "web", method: "GET", uri: "/", status, client: "192.0.2.7" },
      ...{ connection: "1/1", retried: false, upstreamStatus: String(status) },
      ...{ headerSeconds: "0.020", port: 8080, probe: false },
    })}`,
  );
}

const held = (color: "blue" | "green", record = OLD!) => ({ color, record, proven: true });

/** What has been counted, as Prometheus reads it: the series above zero. */
async function told(instruments: Instruments, name: string): Promise<string[]> {
  const text = await instruments.registry.getSingleMetricAsString(name);
  return text.split("\n").filter((each) => /^\w+(_count)?\{.* [1-9]/.test(each));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo()) && Date.now() < deadline) await new Promise((go) => setTimeout(go, 20));
}

describe("what is counted of the edge's log", () => {
  it.each([
    ["nobody keeps its lines", false],
    ["its lines are kept", true],
  ])(
    "is told of each set, release and class, once, also over an end of the log, where %s",
    async (_, isKept) => {
      const instruments = new Instruments("demo");
      const traffic = new EdgeTraffic(instruments);
      traffic.hold([held("blue"), held("green", NEW)]);
      const [first, second] = [new PassThrough(), new PassThrough()];
      const end = new AbortController();
      const complaints: string[] = [];
      const warn = (text: string) => void complaints.push(text);
      const count = traffic.take.bind(traffic);
      const feed = new EdgeFeed(hostOf([first, second]), "p", count, warn, isKept);
      const done = feed.run(end.signal);
      const lines = [200, 204, 503].map((status, index) =>
        line("blue", status, 1_000 + index, isKept),
      );
      lines.forEach((each) => first.write(each));
      await until(async () => (await told(instruments, METRICS.edgeRequests.name)).length === 2);
      first.end();
      // The Engine tells the last second again.
      second.write(lines[2]);
      second.write(line("green", 404, 1_010, isKept));
      await until(async () => (await told(instruments, METRICS.edgeRequests.name)).length === 3);
      end.abort();
      await done;
      const of = (set: string, record: typeof OLD, more = "") =>
        `{service="web",set="${set}",release="${record!.id}"${more},stack="demo"}`;
      expect(await told(instruments, METRICS.edgeRequests.name)).toEqual([
        `maestro_edge_requests_total${of("blue", OLD, ',class="2xx"')} 2`,
        `maestro_edge_requests_total${of("blue", OLD, ',class="5xx"')} 1`,
        `maestro_edge_requests_total${of("green", NEW, ',class="4xx"')} 1`,
      ]);
      expect(await told(instruments, METRICS.edgeBadRequests.name)).toEqual([
        `maestro_edge_bad_requests_total${of("blue", OLD)} 1`,
      ]);
      expect(complaints).toEqual([expect.stringMatching(/ended while it was read/)]);
      expect(traffic.lag()).toBeGreaterThan(0);
    },
  );

  it("is given to whoever keeps the same log, parsed, until the log ends", async () => {
    const log = new PassThrough();
    const end = new AbortController();
    const feed = new EdgeFeed(
      hostOf([log]),
      "p",
      () => undefined,
      () => undefined,
      true,
    );
    expect(feed.open("edge")).toBeNull();
    const done = feed.run(end.signal);
    await until(() => Promise.resolve(feed.open("edge") !== null));
    expect(feed.open("of before")).toBeNull();
    const lines = feed.open("edge")!.read();
    log.write(line("blue", 503, 1_000, true));
    expect((await lines.next()).value).toEqual([
      expect.objectContaining({ at: "1970-01-01T00:16:40.000Z", stream: "stdout" }),
    ]);
    log.end();
    expect((await lines.next()).done).toBe(true);
    end.abort();
    await done;
  });

  it("is known as 0 before the first request, and gone with the release", async () => {
    const instruments = new Instruments("demo");
    const traffic = new EdgeTraffic(instruments);
    traffic.hold([held("blue")]);
    const text = () => instruments.registry.metrics();
    expect(await text()).toContain(`release="${OLD!.id}",class="5xx",stack="demo"} 0`);
    traffic.hold([held("blue", NEW)]);
    expect(await text()).not.toContain(OLD!.id);
    expect(await text()).toContain(`release="${NEW!.id}",class="5xx",stack="demo"} 0`);
  });
});

describe("what is not known", () => {
  it("is left out, and not 0", async () => {
    const instruments = new Instruments("demo");
    const samples = async () =>
      (await instruments.registry.metrics()).split("\n").filter((each) => /^\w/.test(each));
    expect(await samples()).toEqual([]);
    instruments.edgeUp.set(0);
    instruments.serving.set({ set: "blue", release: "x" }, 1);
    expect(await samples()).toHaveLength(2);
    instruments.forget("edgeUp", "serving");
    expect(await samples()).toEqual([]);
  });

  it("has each metric once, as the list of names has it", () => {
    const { registry } = new Instruments("demo");
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(names.sort()).toEqual(
      Object.values(METRICS)
        .map(({ name }) => name)
        .sort(),
    );
  });
});

describe("who may ask", () => {
  const exporter = {
    contentType: "text/plain",
    metrics: () => Promise.resolve("maestro_edge_up 1\n"),
    targets: () => [],
  } as unknown as Exporter;
  const listen = { address: "127.0.0.1", port: 0 };

  it.each<[string, string | null, string, RequestInit, number]>([
    ["the right token", "t".repeat(16), "/metrics", bearer("t".repeat(16)), 200],
    ["the services' addresses", "t".repeat(16), "/targets", bearer("t".repeat(16)), 200],
    ["another token", "t".repeat(16), "/metrics", bearer("u".repeat(16)), 401],
    ["a longer one", "t".repeat(16), "/metrics", bearer("t".repeat(17)), 401],
    ["no token", "t".repeat(16), "/metrics", {}, 401],
    ["no token, and the addresses", "t".repeat(16), "/targets", {}, 401],
    ["nobody in particular, on this machine", null, "/metrics", {}, 200],
    ["another path", null, "/", {}, 404],
    ["a change", null, "/metrics", { method: "POST" }, 405],
  ])("%s", async (_, token, path, init, status) => {
    const server = await serveMetrics(exporter, listen, token);
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    server.close().closeAllConnections();
    expect(answer.status).toBe(status);
  });

  it("is no page of another name, whose browser is on this machine", async () => {
    const server = await serveMetrics(exporter, listen, null);
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve) => {
      const headers = { host: `evil.example.com:${port}` };
      void import("node:http").then(({ get }) =>
        get({ host: "127.0.0.1", port, path: "/metrics", headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }),
      );
    });
    server.close().closeAllConnections();
    expect(status).toBe(401);
  });
});

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}
