import { randomUUID } from "node:crypto";
import { defaultTextMapGetter, ROOT_CONTEXT, trace as otel } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { EdgeStack, echoService } from "../support/edgeStack";
import type { EdgeTracing } from "../../rules/edge/nginxTracing";
import { sendRaw, type RawRequest } from "../support/rawRequest";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-edge");
const SERVICES = {
  "quality-fabric": null,
  echo: echoService({ route: { path: "/svc/" } }),
  deep: echoService({ route: { path: "/svc/deep/", stripPrefix: false } }),
  shop: echoService({ route: { path: "/", host: "shop.example", stripPrefix: false } }),
};

beforeAll(() => stack.begin(SERVICES));
afterAll(() => stack.remove());

interface Echo {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly connection: string;
  readonly requests: number;
  readonly set: string;
}

const send = (path: string, request?: RawRequest) => sendRaw(stack.url, path, request);

async function echo(path: string, request?: RawRequest): Promise<Echo> {
  const { status, body } = await send(path, request);
  if (status !== 200) throw new Error(`${path}: status ${status}\n${body}`);
  return JSON.parse(body) as Echo;
}

describe("a route", () => {
  it("takes a path prefix off, and tells the service which", async () => {
    const { target, headers } = await echo("/svc/a/b?x=1");
    expect(target).toBe("/a/b?x=1");
    expect(headers["x-forwarded-prefix"]).toBe("/svc");
  });

  it("leaves the prefix on where the service wants it", async () => {
    const { target, headers } = await echo("/svc/deep/a?x=1");
    expect(target).toBe("/svc/deep/a?x=1");
    expect(headers["x-forwarded-prefix"]).toBeUndefined();
  });

  it("goes to the longest prefix, by whole path segments", async () => {
    expect((await echo("/svc/deeper")).target).toBe("/deeper");
    expect((await echo("/svc/deep/x")).target).toBe("/svc/deep/x");
    expect((await send("/svcs/x")).status).toBe(404);
  });

  it("goes by host name, and has the other routes beside it", async () => {
    const headers = { host: "shop.example" };
    expect((await echo("/anything", { headers })).target).toBe("/anything");
    expect((await echo("/svc/x", { headers })).target).toBe("/x");
    expect((await send("/anything")).status).toBe(404);
    expect((await send("/anything", { headers: { host: "other.example" } })).status).toBe(404);
  });

  it("passes path and query on byte for byte, so that nothing in them becomes a header", async () => {
    for (const path of [
      "/a%2Fb%20c?q=%0d%0aX-Injected:%201",
      "/%0d%0aX-Injected:%201",
      "/a%0Ab",
      "/%E4%BD%A0;v=1,2?%22'<>{}|^`&&==?",
      "//double///slashes/",
      "/a/./b",
      "/a/%2e%2e/%252e",
      "/?",
      "/x?/svc/y",
    ]) {
      for (const [prefix, seen] of [
        ["/svc", path],
        ["/svc/deep", `/svc/deep${path}`],
      ] as const) {
        const { target, headers } = await echo(prefix + path);
        expect(target).toBe(seen);
        expect(headers).not.toHaveProperty("x-injected");
      }
    }
  });

  it("refuses a prefix in disguise", async () => {
    for (const path of ["//svc/x", "/%73vc/x", "/x/../svc/x", "/./svc/x", "/svc%2Fx"]) {
      expect([path, (await send(path)).status]).toEqual([path, 400]);
    }
  });

  it("redirects the prefix without its slash, naming neither host nor the port inside", async () => {
    const { status, headers } = await send("/svc?x=%0d%0aSet-Cookie:%20a", { method: "POST" });
    expect(status).toBe(308);
    expect(headers.location).toBe("/svc/?x=%0d%0aSet-Cookie:%20a");
    expect(headers["set-cookie"]).toBeUndefined();
  });

  it("puts the prefix back into the service's own redirects", async () => {
    const location = async (url: string, headers = {}) =>
      (await send(`/svc/x?location=${encodeURIComponent(url)}`, { headers })).headers.location;
    expect(await location("/login")).toBe("/svc/login");
    // Frameworks that name the host take it from the request, without the prefix they never saw.
    expect(await location(`${stack.url}/login`)).toBe("/svc/login");
    expect(await location("http://shop.example/a", { host: "shop.example" })).toBe("/svc/a");
    expect(await location("https://elsewhere.example/a")).toBe("https://elsewhere.example/a");
    const own = await send("/quality-fabric/gates/", {});
    expect(own.headers.location).toBe("/quality-fabric/gates");
  });

  it("tells the service who asked, and nothing that the client made up about the connection", async () => {
    const { headers } = await echo("/svc/x", {
      headers: { host: "a.example:8080", "x-request-id": "abc", connection: "close, x-gone" },
    });
    expect(headers).toMatchObject({
      host: "a.example:8080",
      "x-request-id": "abc",
      "x-forwarded-proto": "http",
      connection: "close",
    });
    expect(headers["x-real-ip"]).toBe(headers["x-forwarded-for"]);
    expect((await echo("/svc/x")).headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("the way to a set", () => {
  it("cannot be chosen by a client", async () => {
    for (const path of [
      "/@green/svc/deep/x",
      "/@blue/svc/deep/x",
      "/@green/svc/deep/%0a",
      "/@green/svc/deep/%0ax",
      "/%40green/svc/deep/x%0a",
      "//@green/svc/deep/%0Ax",
      "/@none/%0a",
      "/svc/../@green/svc/deep/%0a",
    ]) {
      const { status, headers } = await send(path);
      expect([path, status, headers["x-maestro-set"]]).toEqual([path, 404, "blue"]);
    }
  });

  it("has no probes on the public port, and has them on the preview port", async () => {
    for (const color of ["blue", "green"]) {
      const { status, headers } = await send(`/edge/probe/${color}/echo/0/ready`);
      expect([status, headers["x-maestro-set"]]).toEqual([404, "blue"]);
    }
    const probe = await sendRaw(stack.previewUrl, "/edge/probe/blue/echo/0/ready");
    expect(probe.status).toBe(200);
    expect((JSON.parse(probe.body) as Echo).target).toBe("/ready");
    expect((await sendRaw(stack.previewUrl, "/edge/probe/blue/echo/1/ready")).status).toBe(404);
  });

  it("opens a connection of its own for each request, even to a service that would keep it", async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      for (const path of ["/svc/x", "/svc/deep/x"]) {
        const { connection, requests } = await echo(path, { method: "POST", body: "{}" });
        expect(requests).toBe(1);
        seen.add(connection);
      }
    }
    expect(seen.size).toBe(40);
  });
});

describe("traces", () => {
  const CLIENT = { id: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
  const sent = `00-${CLIENT.id}-${CLIENT.span}-00`;
  /** What OpenTelemetry reads of a service's headers. */
  async function trace(headers: Record<string, string> = {}) {
    const id = randomUUID();
    const got = (await echo("/svc/trace", { headers: { ...headers, "x-request-id": id } })).headers;
    const context = new W3CTraceContextPropagator().extract(
      ROOT_CONTEXT,
      { traceparent: got["traceparent"], tracestate: got["tracestate"] },
      defaultTextMapGetter,
    );
    return { of: otel.getSpanContext(context), logged: await stack.loggedTrace(id), got };
  }
  const use = async (tracing?: EdgeTracing) => {
    const config = await stack.render(tracing ? { tracing } : {});
    const { exitCode, all } = await stack.applyConfig(config);
    if (exitCode !== 0) throw new Error(all);
  };

  it("are a client's own affair unless the stack says otherwise", async () => {
    const { got, logged } = await trace({ traceparent: sent, tracestate: "a=b" });
    expect([got["traceparent"], got["tracestate"], logged]).toEqual([sent, "a=b", undefined]);
  });

  it("begin at the edge, whatever a client sends", async () => {
    await use({ trustClients: false, sampled: 1 });
    const ids = new Set<string | undefined>();
    for (const headers of [{}, { traceparent: sent, tracestate: "a=b" }]) {
      const { of, logged, got } = await trace(headers);
      expect(of).toMatchObject({ traceFlags: 1, traceId: logged });
      expect(got["tracestate"]).toBeUndefined();
      ids.add(of?.traceId);
    }
    expect(ids.size).toBe(2);
    expect(ids).not.toContain(CLIENT.id);
  });

  it("go on from one of the stack's services to the next, though no client is trusted", async () => {
    const id = randomUUID();
    const headers = { traceparent: sent, tracestate: "a=b", "x-request-id": id };
    const answer = JSON.parse(await stack.askFrom("echo", "/svc/trace", headers)) as Echo;
    const { traceparent, tracestate } = answer.headers;
    expect([traceparent, tracestate, await stack.loggedTrace(id)]).toEqual([
      sent,
      "a=b",
      CLIENT.id,
    ]);
  });

  it("of a trusted client go on, and only well-formed ones", async () => {
    await use({ trustClients: true, sampled: 0 });
    const going = await trace({ traceparent: sent, tracestate: "a=b" });
    expect(going.of).toMatchObject({ traceId: CLIENT.id, spanId: CLIENT.span, traceFlags: 0 });
    expect([going.got["tracestate"], going.logged]).toEqual(["a=b", CLIENT.id]);
    const later = `01-${CLIENT.id}-${CLIENT.span}-01-more`;
    expect((await trace({ traceparent: later })).logged).toBe(CLIENT.id);
    for (const broken of [
      sent.toUpperCase(),
      `${sent}-more`,
      `00-${"0".repeat(32)}-${CLIENT.span}-01`,
      `ff-${CLIENT.id}-${CLIENT.span}-01`,
      `${sent}", "x": "`,
      `${sent}, ${sent}`,
    ]) {
      const { of, logged, got } = await trace({ traceparent: broken, tracestate: "a=b" });
      expect([broken, of?.traceId === logged, of?.traceFlags]).toEqual([broken, true, 0]);
      expect([broken, logged === CLIENT.id, got["tracestate"]]).toEqual([broken, false, undefined]);
    }
  });

  it("are recorded in the share that the stack names", async () => {
    await use({ trustClients: false, sampled: 0.5 });
    const flags = new Set<string | undefined>();
    for (let round = 0; round < 40; round += 1) {
      flags.add((await echo("/svc/trace")).headers["traceparent"]?.slice(-2));
    }
    expect(flags).toEqual(new Set(["00", "01"]));
    await use();
  });
});
