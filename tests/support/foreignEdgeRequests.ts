import path from "node:path";
import execa from "execa";
import { underscoreVariants, WITHHELD_HEADERS } from "../../rules/edge/foreignHeaders";
import type { EdgeStack } from "./edgeStack";
import { asking } from "./foreignEdge";
import { askWebSocket } from "./serviceContainers";

/** What of a request reaches a service. */
export function describeRequests(stack: EdgeStack): void {
  const { send, host, seen, locationOf, logged } = asking(stack);

  describe("an offer to go on with another protocol", () => {
    const json = '{"a":1}';

    // uvicorn takes the offer at its word, go-httpbin and gunicorn do not.
    const SERVERS = ["/template-service/echo", "/flask/json", "/binary/post"];

    it.each(SERVERS)("of curl is as if it had not been made: POST %s", async (url) => {
      const args = ["--silent", "--show-error", "--http2", "--header"];
      const body = ["Content-Type: application/json", "--data", json];
      const format = ["--write-out", "\n%{http_version} %{http_code}", stack.url + url];
      const { stdout } = await execa("curl", [...args, ...body, ...format]);
      expect(stdout).toMatch(/\n1\.1 200$/);
      expect(stdout.replaceAll(/\s/g, "")).toContain('"a":1');
    });

    it.each(SERVERS)("of the JDK's client too: POST %s", async (url) => {
      const client = path.join(__dirname, "../foreign/clients/JdkClient.java");
      const { stdout } = await execa("java", [client, "POST", stack.url + url, json]);
      expect(stdout).toMatch(/^HTTP_1_1 200\n/);
      expect(stdout.replaceAll(/\s/g, "")).toContain('"a":1');
    });

    it("does not reach a service, and no other header of one hop does", async () => {
      const { headers } = await seen("/echo/x", {
        connection: "Upgrade, HTTP2-Settings, TE, close",
        upgrade: "h2c",
        "http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA",
        te: "trailers",
        "keep-alive": "timeout=5",
        "proxy-connection": "keep-alive",
        "proxy-authorization": "Basic Og==",
      });
      const ours = /^(?:host|x-(?:real-ip|request-id|forwarded-(?:for|proto|host|port|prefix)))$/;
      expect(Object.keys(headers).filter((name) => !ours.test(name))).toEqual(["connection"]);
      expect(headers["connection"]).toBe("close");
    });

    it("for websockets is passed on", async () => {
      const answer = await askWebSocket(`${stack.url}/gw/ws`, "hello");
      expect(JSON.parse(answer)).toMatchObject({ text: "hello" });
    });

    it("by a service ends at the edge", async () => {
      const { headers } = await send("/echo/x?header=Upgrade:h2,h2c");
      expect(headers["upgrade"]).toBeUndefined();
    });
  });

  describe("a client's own word about its connection", () => {
    const forged: Record<string, string> = Object.fromEntries(
      [
        ...WITHHELD_HEADERS,
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
      ]
        .filter((name) => !/^(?:HTTP2|Proxy|Trailer)/.test(name))
        .map((name) => [name, "evil.example"]),
    );

    it("reaches no service, in whatever spelling", async () => {
      const all = { ...forged };
      for (const name of underscoreVariants()) all[name] = "evil.example";
      // The one header of these that a client may choose.
      for (const name of Object.keys(all)) if (/^x.request.id$/i.test(name)) delete all[name];
      const { headers } = await seen("/echo/x", all);
      expect(JSON.stringify(headers)).not.toContain("evil.example");
      expect(headers).toMatchObject({
        host: host(),
        "x-forwarded-host": host(),
        "x-forwarded-port": new URL(stack.url).port,
        "x-forwarded-proto": "http",
        "x-forwarded-prefix": "/echo",
        "x-forwarded-for": headers["x-real-ip"],
      });
    });

    it.each([
      ["Flask with ProxyFix", "/flask/go?absolute", "/flask/echo"],
      ["Django with USE_X_FORWARDED_HOST", "/django/go", "/django/echo/"],
      ["httpbin", "/httpbin/absolute-redirect/1", "/httpbin/get"],
      ["go-httpbin", "/binary/absolute-redirect/1", "/binary/get"],
    ])("is not in the redirects of %s", async (_service, url, location) => {
      expect(await locationOf(url, forged)).toBe(location);
    });

    it("is not what they take for the client", async () => {
      const { client, url } = await seen("/flask/echo", forged);
      expect([client, url]).toEqual([
        (await seen("/flask/echo")).client,
        `${stack.url}/flask/echo`,
      ]);
      expect((await send("/binary/get", { headers: forged })).body).not.toContain('origin": "evil');
    });
  });

  describe("a balancer in front", () => {
    afterAll(async () => {
      await stack.applyConfig(await stack.render());
    });

    const said = {
      "x-forwarded-for": "6.6.6.6, 9.9.9.9",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-host": "www.example.com",
      "x-original-url": "/admin",
    };

    it("is believed about client, scheme and host if it is named, and only then", async () => {
      const peer = (await seen("/flask/echo", said)).client;
      expect(peer).not.toMatch(/^(?:6\.6|9\.9)/);
      for (const [range, believed] of [
        ["192.0.2.0/24", false],
        [`${peer}/32`, true],
      ] as const) {
        const options = { trustedProxies: [range], publicHost: "www.example.com" };
        const { exitCode, all } = await stack.applyConfig(await stack.render(options));
        expect([exitCode, all]).toEqual([0, expect.anything()]);
        const base = believed ? "https://www.example.com" : stack.url;
        const flask = await seen("/flask/echo", said);
        expect([flask.client, flask.url]).toEqual([
          believed ? "9.9.9.9" : peer,
          `${base}/flask/echo`,
        ]);
        expect((await seen("/django/echo/", said)).url).toBe(`${base}/echo/`);
        expect((await seen("/echo/x", said)).headers).not.toHaveProperty("x-original-url");
      }
      const id = "of-the-balancer";
      await seen("/flask/echo", { ...said, "x-request-id": id });
      expect((await logged((entry) => entry.id === id)).client).toBe("9.9.9.9");
    });

    it("is not believed about a host that the stack does not name: some pass a client's on", async () => {
      const { port } = new URL(stack.url);
      const evil = { ...said, "x-forwarded-host": "evil.example", "x-forwarded-port": port };
      expect((await seen("/django/echo/", evil)).url).toBe(`https://${host()}/echo/`);
      expect(await locationOf("/flask/go?absolute", evil)).toBe("/flask/echo");
    });
  });
}
