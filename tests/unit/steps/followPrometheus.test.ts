import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { UserRequest } from "../../../release/trafficTally";
import { followPrometheus } from "../../../steps/shared/followPrometheus";

let server: Server;
let url: string;
let answer: (query: string, response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => answer(new URLSearchParams(body).get("query") ?? "", response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const CLOCK = 1_788_264_600;
const requestsAt = (...values: [number, string][]) => [
  {
    metric: {
      ...{ __name__: "maestro_edge_requests_total", stack: "demo", service: "web" },
      ...{ set: "green", release: "a1", class: "2xx" },
    },
    values,
  },
];

/** A Prometheus whose clock is CLOCK at first, and which has these samples. */
function tell(series: () => object[]): void {
  answer = (query, response) => {
    const data =
      query === "time()"
        ? { resultType: "scalar", result: [CLOCK, String(CLOCK)] }
        : { resultType: "matrix", result: series() };
    response.end(JSON.stringify({ status: "success", data }));
  };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("it has not come to that");
    await new Promise((go) => setTimeout(go, 20));
  }
}

describe("what a Prometheus tells of users", () => {
  it("is the past at once, and then what is scraped, by Prometheus' own clock", async () => {
    const told: UserRequest[] = [];
    let series = requestsAt([CLOCK - 20, "1"], [CLOCK - 10, "3"]);
    tell(() => series);
    const feed = await followPrometheus({ url, stack: "demo" }, 600, (each) => told.push(each));
    expect(told.map(({ at }) => at)).toEqual([CLOCK - 17.5, CLOCK - 12.5]);
    expect(feed.missing()).toBeNull();
    expect(feed.now()).toBeGreaterThanOrEqual(CLOCK);
    expect(feed.now()).toBeLessThan(CLOCK + 60);
    series = requestsAt([CLOCK - 10, "3"], [CLOCK + 1, "4"]);
    await until(() => told.length === 3);
    expect(told.at(-1)!.at).toBe(CLOCK + 1);
    feed.close();
  });

  it("is missing while it cannot be asked, with the reason, and is made up for afterwards", async () => {
    const told: UserRequest[] = [];
    tell(() => requestsAt([CLOCK - 20, "1"], [CLOCK - 10, "3"]));
    const feed = await followPrometheus({ url, stack: "demo" }, 600, (each) => told.push(each));
    answer = (_, response) => void response.writeHead(503).end("no");
    await until(() => feed.missing() !== null);
    expect(feed.missing()).toBe(`${url} cannot be asked: status 503, and no JSON`);
    tell(() => requestsAt([CLOCK + 5, "7"]));
    await until(() => feed.missing() === null);
    expect(told).toHaveLength(6);
    feed.close();
  });

  it("is missing where it was scraped too long ago, or never", async () => {
    tell(() => requestsAt([CLOCK - 200, "1"], [CLOCK - 100, "3"]));
    const old = await followPrometheus({ url, stack: "demo" }, 600, () => undefined);
    expect(old.missing()).toBeNull();
    old.close();
    tell(() => requestsAt([CLOCK - 110, "1"], [CLOCK - 100, "3"]));
    const stale = await followPrometheus({ url, stack: "demo" }, 600, () => undefined);
    expect(stale.missing()).toMatch(/tells nothing since 2026-09-01T.* of what users get of demo;/);
    stale.close();
    tell(() => []);
    const none = await followPrometheus({ url, stack: "demo" }, 600, () => undefined);
    expect(none.missing()).toMatch(
      /tells nothing of what users get of demo; does `maestro metrics/,
    );
    none.close();
  });

  it("is missing from the begin where nobody answers", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const feed = await followPrometheus({ url, stack: "demo" }, 600, () => undefined);
    expect(feed.missing()).toBe(`${url} cannot be asked: ECONNREFUSED`);
    feed.close();
  });
});
