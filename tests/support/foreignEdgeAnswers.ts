import type { EdgeStack } from "./edgeStack";
import { asking, ORIGIN } from "./foreignEdge";
import type { RawAnswer } from "./rawRequest";

/** What of an answer reaches a client. */
export function describeAnswers(stack: EdgeStack): void {
  const { send, host, locationOf } = asking(stack);

  describe("a redirect", () => {
    it.each([
      "/flask/go",
      "/flask/go?absolute",
      "/django/go",
      "/httpbin/redirect/1",
      "/httpbin/absolute-redirect/1",
      "/httpbin/relative-redirect/1",
      "/binary/redirect/1",
      "/binary/relative-redirect/1",
    ])("arrives, whether or not the service knows its prefix: %s", async (url) => {
      const answer = await fetch(stack.url + url);
      expect([answer.status, answer.redirected]).toEqual([200, true]);
    });

    it.each([
      ["/login", "/flask/login"],
      ["/flask", "/flask"],
      ["/flask/login", "/flask/login"],
      ["/flask?x", "/flask?x"],
      ["/flasks", "/flask/flasks"],
      ["login?x#y", "login?x#y"],
      ["../login", "../login"],
      ["?page=2", "?page=2"],
      ["http://HOST", "/flask/"],
      ["http://HOST/login", "/flask/login"],
      ["HTTP://HOST/flask/login", "/flask/login"],
      ["//HOST/login", "/flask/login"],
      ["https://HOST/login", "https://HOST/flask/login"],
      ["https://HOST/flask/login", "https://HOST/flask/login"],
      ["https://HOST?x", "https://HOST/flask/?x"],
    ])("to the own host, %s, gets the prefix once", async (given, wanted) => {
      const url = encodeURIComponent(given.replace("HOST", host()));
      expect(await locationOf(`/flask/to?location=${url}`)).toBe(wanted.replace("HOST", host()));
    });

    it.each([
      "//elsewhere.example/x",
      "https://elsewhere.example/x",
      "http://127.0.0.1/x",
      "http://127.0.0.1:1/x",
      "http://HOST@elsewhere.example/x",
      "http://user:word@HOST/x",
      "http://sub.HOST/x",
      "app://HOST/x",
      "mailto:me@example.com",
    ])("elsewhere stays as it is: %s", async (given) => {
      const url = given.replace("HOST", host());
      expect(await locationOf(`/flask/to?location=${encodeURIComponent(url)}`)).toBe(url);
    });

    it("without a prefix cannot turn a path into another host's name", async () => {
      for (const given of [
        `http://${host()}//elsewhere.example`,
        `http://${host()}/\\elsewhere.example`,
      ]) {
        const url = `/flask/to?location=${encodeURIComponent(given)}`;
        expect(await locationOf(url)).toMatch(/^\/flask\//);
      }
    });
  });

  describe("a cookie's path", () => {
    const pathOf = async (wanted?: string) => {
      const query = wanted === undefined ? "" : `?path=${encodeURIComponent(wanted)}`;
      return /Path=([^;]*)/.exec(
        (await send(`/flask/cookie${query}`)).headers["set-cookie"]?.[0] ?? "",
      )?.[1];
    };

    it.each([
      [undefined, "/flask"],
      ["/", "/"],
      ["/admin", "/flask/admin"],
      ["/flask", "/flask"],
      ["/flask/admin", "/flask/admin"],
      ["/flasks", "/flask/flasks"],
    ])("of %s reaches the service again", async (given, wanted) => {
      expect(await pathOf(given)).toBe(wanted);
    });
  });

  describe("a route's CORS origins", () => {
    const valuesOf = ({ rawHeaders }: RawAnswer, name: string) =>
      rawHeaders.filter((_, at) => rawHeaders[at - 1]?.toLowerCase() === name);
    const cors = ({ headers }: RawAnswer) =>
      Object.keys(headers).filter((name) => name.startsWith("access-control-"));

    it("win over those of a service that answers CORS itself", async () => {
      const own = await send("/binary/get", { headers: { origin: ORIGIN } });
      expect(valuesOf(own, "access-control-allow-origin")).toEqual([ORIGIN]);
      expect(cors(own)).toEqual(["access-control-allow-origin"]);
      expect(valuesOf(own, "vary").join()).toContain("Origin");
    });

    it("leave out whom they do not name, in preflights and errors too", async () => {
      const headers = { origin: "https://evil.example" };
      expect(cors(await send("/binary/get", { headers }))).toEqual([]);
      expect(cors(await send("/binary/status/500", { headers }))).toEqual([]);
      const ask = { ...headers, "access-control-request-method": "DELETE" };
      expect(cors(await send("/binary/get", { method: "OPTIONS", headers: ask }))).toEqual([]);
    });

    it("are answered where the edge refuses: a page may read why", async () => {
      const body = Buffer.alloc(11 * 1024 * 1024);
      const refused = await send("/binary/post", {
        method: "POST",
        body,
        headers: { origin: ORIGIN },
      });
      expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([
        413,
        ORIGIN,
      ]);
    });
  });
}
