import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { connectEngine } from "../../host/engine";
import { EdgeStack } from "../support/edgeStack";
import { djangoService, flaskService, goHttpbinService } from "../support/foreignServices";
import { HeldConnections } from "../support/heldUploads";
import { sendRaw, type RawAnswer, type RawRequest } from "../support/rawRequest";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-sharing");
const django = (ALLOWED_HOST: string, settings: object) =>
  djangoService({ env: { ALLOWED_HOST }, ...settings });
const SHOP = { route: { path: "/", host: "dj.example.com", stripPrefix: false } };
const SERVICES = {
  shop: django("dj.example.com", SHOP),
  secure: djangoService({
    env: { ALLOWED_HOST: "secure.example.com", SSL_REDIRECT: "1" },
    health: { scheme: "https" },
    route: { path: "/", host: "secure.example.com", stripPrefix: false },
  }),
  named: django("named.example.com", { health: { host: "named.example.com" } }),
  upload: flaskService(),
  other: flaskService(),
  few: goHttpbinService({ route: { maxConcurrentRequests: 5 } }),
  pair: goHttpbinService({ replicas: 2, route: { readTimeoutSeconds: 2 } }),
};

// Room for 1536 connections.
beforeAll(() => stack.begin(SERVICES, { memoryMegabytes: 64 }, ["python", "go-httpbin"]));
afterAll(() => stack.remove());

const send = (path: string, request?: RawRequest) => sendRaw(stack.url, path, request);
const post = (path: string, bytes: number, headers = {}) =>
  send(path, { method: "POST", body: Buffer.alloc(bytes, "x"), headers });
const CHUNKED = { "transfer-encoding": "chunked" };
const MEGABYTE = 1_000_000;

function expectRefusal({ status, headers, body }: RawAnswer, wanted: number): void {
  expect([status, headers["content-type"], headers["x-maestro-set"]]).toEqual([
    wanted,
    "application/json",
    "blue",
  ]);
  expect(JSON.parse(body)).toEqual({ error: expect.any(String) as string });
}

describe("a question about health", () => {
  it("names the host that the framework's users name, and the scheme that they come by", async () => {
    const ask = (service: string) =>
      sendRaw(stack.previewUrl, `/edge/probe/blue/${service}/0/ready`);
    const shop = await ask("shop");
    expect(JSON.parse(shop.body)).toEqual({ status: "ok", host: "dj.example.com" });
    expect(shop.headers["x-maestro-asked"]).toBe("http://dj.example.com");
    const secure = await ask("secure");
    expect([secure.status, secure.headers["x-maestro-asked"]]).toEqual([
      200,
      "https://secure.example.com",
    ]);
    // Users of plain http are sent away by the same service.
    const headers = { host: "secure.example.com" };
    expect((await send("/health", { headers })).status).toBe(301);
    expect((await ask("named")).headers["x-maestro-asked"]).toBe("http://named.example.com");
    const { output, exitCode } = await stack.operation("status");
    expect([output, exitCode]).toEqual([expect.stringContaining("healthy"), 0]);
  });

  it("says as whose it was asked, and what came back, when the gate does not pass", async () => {
    const shop = django("elsewhere.example.com", { ...SHOP, health: { deadlineSeconds: 12 } });
    const refused = await stack.release({ ...SERVICES, shop }, { memoryMegabytes: 64 }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(refused).toMatch(
      /green-shop-0: not ready within 12 s: \/ready gave status 400, asked as http:\/\/dj\.example\.com, which says "Bad Request \(400\)[^"]*"; health\.host asks with another host name/,
    );
  });
});

describe("bodies", () => {
  it("arrive whole, ten large ones at once, with and without a length", async () => {
    const sent = Array.from({ length: 10 }, () => post("/upload/size", 9 * MEGABYTE));
    for (const { status, body } of await Promise.all(sent)) {
      expect([status, JSON.parse(body)]).toEqual([
        200,
        { size: 9 * MEGABYTE, length: 9 * MEGABYTE },
      ]);
    }
    // A WSGI application reads no body without a length, so the edge finds out how long it is.
    const { body } = await post("/upload/size", 9 * MEGABYTE, CHUNKED);
    expect(JSON.parse(body)).toEqual({ size: 9 * MEGABYTE, length: 9 * MEGABYTE });
    expectRefusal(await post("/upload/size", 11 * MEGABYTE), 413);
    expectRefusal(await post("/upload/size", 11 * MEGABYTE, CHUNKED), 413);
  });

  it("that slow clients hold open leave room for those of other services", async () => {
    const held = new HeldConnections(stack.url);
    const body = Buffer.alloc(8 * MEGABYTE, "x");
    const length = [`Content-Length: ${9 * MEGABYTE}`];
    const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body]);
    for (let upload = 0; upload < 8; upload += 1) {
      await held.upload({ path: "/upload/size", headers: length, body });
      const headers = ["Transfer-Encoding: chunked"];
      await held.upload({ path: "/upload/size", headers, body: chunk });
    }
    await sleep(500);
    expect((await post("/other/size", 100_000)).status).toBe(200);
    expect((await post("/other/size", 100_000, CHUNKED)).status).toBe(200);
    expectRefusal(await post("/upload/size", 100_000, CHUNKED), 503);
    held.release();
  });
});

describe("requests", () => {
  it("that a service does not answer are so many and no more, and other services go on", async () => {
    const waiting = Array.from({ length: 5 }, () => send("/few/delay/3"));
    await sleep(500);
    const [more, other] = await Promise.all([send("/few/get"), send("/other/health")]);
    expectRefusal(more, 503);
    expect(other.status).toBe(200);
    const answered = (await Promise.all(waiting)).map(({ status }) => status);
    expect(answered).toEqual(Array(5).fill(200));
    expect((await send("/few/get")).status).toBe(200);
  });

  it("take a line of the log that has an end, however long they are", async () => {
    const path = `/few/get?${"x".repeat(9000)}`;
    const headers = { "x-request-id": "y".repeat(3000) };
    expect((await send(path, { headers })).status).toBe(200);
    await sleep(500);
    const entry = (await stack.accessLog()).find(({ uri }) => uri.startsWith("/few/get?x"));
    expect([entry?.uri.length, entry?.id]).toEqual([2003, expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it("get through while one client holds more connections than there are", async () => {
    const { stdout } = await execa("docker", ["inspect", stack.edgeName]);
    const [{ NetworkSettings }] = JSON.parse(stdout) as [
      { NetworkSettings: { Networks: Record<string, { IPAddress: string }> } },
    ];
    const address = Object.values(NetworkSettings.Networks)[0]!.IPAddress;
    const held = new HeldConnections(`http://${address}:8080`);
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => held.send("")));
      expect((await send("/other/health")).status).toBe(200);
    }
    // One that has begun a request and does not go on is told so and let go.
    await held.send("GET /other/health HTTP/1.1\r\nHost: a");
    for (let second = 0; second < 30 && held.answers.at(-1) === ""; second += 1) await sleep(1000);
    expect(held.answers.at(-1)).not.toBe("");
    held.release();
  });
});

describe("a second replica", () => {
  const engine = connectEngine();
  const replica = (number: number) => engine.getContainer(`${stack.prefix}-blue-pair-${number}`);
  /** How often a request was begun, by the services' own logs. */
  const runs = async (marker: string) => {
    const logs = await Promise.all(
      [0, 1].map((number) => execa("docker", ["logs", `${stack.prefix}-blue-pair-${number}`])),
    );
    return logs
      .flatMap(({ stdout, stderr }) => `${stdout}\n${stderr}`.split("\n"))
      .filter((line) => line.includes(marker)).length;
  };
  const statuses = async (method: string, path: string, count: number) =>
    (await Promise.all(Array.from({ length: count }, () => send(path, { method, body: "" })))).map(
      ({ status }) => status,
    );

  it("is not taken away by a slow URL", async () => {
    const slow = statuses("GET", "/pair/delay/4", 6);
    await sleep(2300);
    expect(await statuses("GET", "/pair/get", 20)).toEqual(Array(20).fill(200));
    expect(await slow).toEqual(Array(6).fill(504));
    expect(await statuses("GET", "/pair/get", 20)).toEqual(Array(20).fill(200));
  });

  it("is not asked for what the first has had, except by methods that change nothing", async () => {
    for (const method of ["PUT", "DELETE", "POST"]) {
      expect(await statuses(method, `/pair/delay/4?run=${method}`, 1)).toEqual([504]);
    }
    await sleep(5000);
    for (const method of ["PUT", "DELETE", "POST"]) {
      expect([method, await runs(`run=${method}`)]).toEqual([method, 1]);
    }
  });

  it("takes over, whatever the method, from one that is stopped", async () => {
    await replica(0).stop({ t: 1 });
    for (const method of ["GET", "PUT", "DELETE", "POST", "PATCH"]) {
      expect(await statuses(method, "/pair/anything", 6)).toEqual(Array(6).fill(200));
      const body = Buffer.alloc(200_000, "x");
      const large = await send("/pair/anything", { method, body });
      expect([method, large.status]).toEqual([method, 200]);
    }
    await replica(0).start();
  });

  it("answers reads for one that hangs", async () => {
    const ready = () => sendRaw(stack.previewUrl, "/edge/probe/blue/pair/0/ready");
    while ((await ready()).status !== 200) await sleep(100);
    await replica(0).kill({ signal: "SIGSTOP" });
    expect(await statuses("GET", "/pair/get", 6)).toEqual(Array(6).fill(200));
    await replica(0).kill({ signal: "SIGCONT" });
  });
});
