import { setTimeout as sleep } from "node:timers/promises";
import * as http from "node:http";
import { connectEngine, lastLogLines } from "../../host/engine";
import { subnetsOverlap } from "../../rules/host/subnets";
import { EdgeStack, echoService, type AccessLogEntry } from "../support/edgeStack";
import { sendRaw, type RawAnswer, type RawRequest } from "../support/rawRequest";
import { askWebSocket } from "../support/serviceContainers";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-edge");
const ORIGIN = "https://app.example";
const SERVICES = {
  "maestro-gateway": { route: { path: "/gw/", corsOrigins: [ORIGIN], readTimeoutSeconds: 3 } },
  twin: echoService({ replicas: 2, route: { path: "/twin/" } }),
  small: echoService({
    route: { maxBodyMegabytes: 1, readTimeoutSeconds: 1, rateLimitPerSecond: 20 },
  }),
  large: echoService({ route: { maxBodyMegabytes: 200 } }),
};

beforeAll(() => stack.begin(SERVICES));
afterAll(() => stack.remove());

const send = (path: string, request?: RawRequest) => sendRaw(stack.url, path, request);
const fieldOf = (answer: RawAnswer, name: string): unknown =>
  (JSON.parse(answer.body) as Record<string, unknown>)[name];

/** The access log's entry for one request, found by the id that the client gave it. */
async function sendLogged(path: string, request: RawRequest = {}) {
  const id = `test-${Math.random().toString(36).slice(2)}`;
  const answer = await send(path, {
    ...request,
    headers: { ...request.headers, "x-request-id": id },
  });
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const entry = (await stack.accessLog()).find((found) => found.id === id);
    if (entry) return { answer, entry };
    await sleep(50);
  }
  throw new Error(`${path}: no entry in the access log`);
}

describe("limits of a route", () => {
  it("bound the body", async () => {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    const fits = await send("/small/x", { method: "POST", body: megabyte });
    expect(fieldOf(fits, "bytes")).toBe(megabyte.length);
    const more = Buffer.concat([megabyte, Buffer.from("x")]);
    const { status, headers } = await send("/small/x", { method: "POST", body: more });
    expect([status, headers["x-maestro-set"]]).toEqual([413, "blue"]);
  });

  it("let bodies through that are larger than the edge's scratch space, several at once", async () => {
    const body = Buffer.alloc(70 * 1024 * 1024, "x");
    const upload = async () => (await send("/large/x", { method: "POST", body })).status;
    expect(await Promise.all([upload(), upload()])).toEqual([200, 200]);
  });

  it("bound a service's silence", async () => {
    const { status, headers } = await send("/small/x?sleep=3", { method: "POST" });
    expect([status, headers["x-maestro-set"]]).toEqual([504, "blue"]);
    expect((await send("/twin/x?sleep=1.5")).status).toBe(200);
  });

  it("bound the rate of one client", async () => {
    await sleep(1000);
    const answers = await Promise.all(Array.from({ length: 60 }, () => send("/small/x")));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.length).toBeLessThan(50);
    expect(refused[0]!.headers["x-maestro-set"]).toBe("blue");
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect((await send("/twin/x")).status).toBe(200);
  });
});

describe("streams", () => {
  it("carry websockets", async () => {
    const answer = await askWebSocket(`${stack.url}/gw/ws`, "hello");
    expect(JSON.parse(answer)).toMatchObject({ text: "hello", set: "blue" });
  });

  it("bring server-sent events one by one, as they happen", async () => {
    const arrivals: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const headers = { "accept-encoding": "gzip" };
      http
        .get(`${stack.url}/gw/events?count=3`, { headers }, (response) => {
          response.on("data", () => arrivals.push(performance.now()));
          response.on("end", resolve);
        })
        .on("error", reject);
    });
    expect(arrivals).toHaveLength(3);
    expect(arrivals[1]! - arrivals[0]!).toBeGreaterThan(700);
    expect(arrivals[2]! - arrivals[1]!).toBeGreaterThan(700);
  });
});

describe("headers of an answer", () => {
  it("say that large texts are compressed, for those who can take it", async () => {
    const zipped = await send("/twin/x?fill=5000", { headers: { "accept-encoding": "gzip" } });
    expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    const plain = await send("/twin/x?fill=5000");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.headers.vary).toBe("Accept-Encoding");
    const short = await send("/twin/x", { headers: { "accept-encoding": "gzip" } });
    expect(short.headers["content-encoding"]).toBeUndefined();
  });

  it("keep browsers from guessing and framing, each once", async () => {
    for (const path of ["/twin/x", "/no-such-path", "/edge/health"]) {
      const { headers } = await send(path);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "strict-origin-when-cross-origin",
      });
      expect(headers.server).not.toMatch(/\d/);
    }
  });

  it("leave a service its own word", async () => {
    const { rawHeaders } = await send("/twin/x?header=X-Frame-Options:DENY");
    const values = rawHeaders.filter(
      (_, at) => rawHeaders[at - 1]?.toLowerCase() === "x-frame-options",
    );
    expect(values).toEqual(["DENY"]);
  });

  it("cannot be forged by a service: the set is the edge's to say", async () => {
    const { rawHeaders } = await send("/twin/x?header=X-Maestro-Set:green");
    const values = rawHeaders.filter(
      (_, at) => rawHeaders[at - 1]?.toLowerCase() === "x-maestro-set",
    );
    expect(values).toEqual(["blue"]);
  });
});

describe("CORS", () => {
  const preflight = (origin: string) =>
    send("/gw/version", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "x-one, content-type",
      },
    });

  it("answers the preflight of an origin that may call", async () => {
    const { status, headers } = await preflight(ORIGIN);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-methods": expect.stringContaining("PUT") as string,
      "access-control-allow-headers": "x-one, content-type",
      vary: "Origin",
      "x-maestro-set": "blue",
    });
  });

  it("names the origin in answers and errors, and no other origin", async () => {
    const from = (origin: string, path = "/gw/version") => send(path, { headers: { origin } });
    expect((await from(ORIGIN)).headers["access-control-allow-origin"]).toBe(ORIGIN);
    expect((await from(ORIGIN, "/gw/nothing")).headers["access-control-allow-origin"]).toBe(ORIGIN);
    for (const origin of ["https://evil.example", `${ORIGIN}.evil.example`, "null"]) {
      expect((await from(origin)).headers["access-control-allow-origin"]).toBeUndefined();
      expect((await preflight(origin)).headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect((await send("/twin/x", { headers: { origin: ORIGIN } })).headers).not.toHaveProperty(
      "access-control-allow-origin",
    );
  });
});

describe("the access log", () => {
  it("says in JSON which set and service answered, with what, and how long it took", async () => {
    const { entry } = await sendLogged('/twin/a%22b?q="\\', { method: "POST", body: "{}" });
    expect(entry).toMatchObject({
      set: "blue",
      service: "twin",
      method: "POST",
      uri: '/twin/a%22b?q="\\',
      status: 200,
      upstreamStatus: "200",
      retried: false,
    } satisfies Partial<AccessLogEntry>);
    expect(Number(entry.upstreamSeconds)).toBeGreaterThanOrEqual(0);
    expect(entry.upstream).toMatch(/^[\d.]+:8000$/);
    expect(subnetsOverlap(`${entry.upstream.split(":")[0]}/32`, stack.subnet)).toBe(true);
    expect((await sendLogged("/no-such-path")).entry).toMatchObject({ service: "", status: 404 });
  });

  it("takes one line for a request that is refused unread, too", async () => {
    const { answer } = await sendLogged("/twin/x");
    expect((await send("/twin/%00")).status).toBe(400);
    expect(answer.status).toBe(200);
    await sleep(200);
    const lines = await lastLogLines(connectEngine(), stack.edgeName, 3);
    expect(lines.filter((line) => !line.startsWith("{"))).toEqual([]);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ status: 400, set: "blue", service: "" });
  });
});

describe("a replica that fails", () => {
  const addresses = async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      seen.add(String(fieldOf(await send("/twin/x"), "address")));
    }
    return [...seen];
  };

  it("has a GET tried again on the other one, and that is logged", async () => {
    const [first] = await addresses();
    const tries = [];
    for (let round = 0; round < 4; round += 1) tries.push(await sendLogged(`/twin/x?die=${first}`));
    expect(tries.map(({ answer }) => answer.status)).toEqual([200, 200, 200, 200]);
    expect(tries.some(({ entry }) => entry.retried)).toBe(true);
    await sleep(2500);
  });

  it("never has a POST sent a second time", async () => {
    expect(await addresses()).toHaveLength(2);
    for (let round = 0; round < 4; round += 1) {
      const { answer, entry } = await sendLogged("/twin/x?die=all", { method: "POST", body: "{}" });
      expect([answer.status, answer.headers["x-maestro-set"]]).toEqual([502, "blue"]);
      expect(entry).toMatchObject({ status: 502, retried: false });
      expect(entry.upstream).not.toContain(",");
      await sleep(2100);
    }
  });

  it("is left out once its container has stopped, by GET and by POST that was not sent yet", async () => {
    await sleep(2500);
    const engine = connectEngine();
    const name = `${stack.prefix}-blue-twin-0`;
    await engine.getContainer(name).stop({ t: 1 });
    const gets = await Promise.all(Array.from({ length: 6 }, () => sendLogged("/twin/x")));
    const posts = await Promise.all(
      Array.from({ length: 6 }, () => sendLogged("/twin/x", { method: "POST", body: "{}" })),
    );
    await engine.getContainer(name).start();
    expect([...gets, ...posts].map(({ answer }) => answer.status)).toEqual(Array(12).fill(200));
    expect(gets.some(({ entry }) => entry.retried)).toBe(true);
  });
});
