import * as net from "node:net";
import type { EdgeStack } from "./edgeStack";
import { asking } from "./foreignEdge";

/** What the edge refuses, and how it says so. */
export function describeLimits(stack: EdgeStack): void {
  const { send, seen, logged } = asking(stack);

  describe("large headers", () => {
    const text = (kilobytes: number) => "x".repeat(kilobytes * 1024);

    it("of an answer pass, as frameworks send them", async () => {
      const { status, headers } = await send(`/binary/response-headers?X-A=${text(12)}`);
      expect([status, headers["x-a"]]).toEqual([200, text(12)]);
    });

    it("of an answer are refused by name from the route's limit on", async () => {
      expect((await send(`/echo/x?header=X-A:${text(6)}`)).status).toBe(200);
      const { status, body } = await send(`/echo/x?header=X-A:${text(9)}`);
      expect([status, body]).toEqual([
        502,
        '{"error":"the service\'s answer has larger headers than the route takes"}\n',
      ]);
    });

    it("of a request pass up to the edge's limit", async () => {
      const headers = { cookie: `a=${text(12)}` };
      expect((await seen("/echo/x", headers)).headers["cookie"]).toHaveLength(12 * 1024 + 2);
      const many = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`x-${at}`, text(9)]));
      expect((await seen("/echo/x", many)).headers["x-5"]).toHaveLength(9 * 1024);
      expect((await send(`/echo/${text(12)}`)).status).toBe(200);
    });

    it("of a request are refused beyond it, with the reason in answer and log", async () => {
      for (const [url, headers, status, reason] of [
        [`/echo/${text(17)}`, {}, 414, "the request's first line is longer than 16 kB"],
        [
          "/echo/x",
          { cookie: text(17) },
          431,
          "the request's headers are larger than 16 kB a line or 64 kB in all",
        ],
      ] as const) {
        const answer = await send(url, { headers });
        expect([answer.status, answer.body]).toEqual([status, `{"error":"${reason}"}\n`]);
        const entry = await logged((found) => found.status === status && found.reason === reason);
        expect(entry.method).toBe("GET");
      }
    });

    it("may have names with an underscore", async () => {
      const { body } = await send("/binary/headers", {
        headers: { api_key: "1", x_my_header: "2" },
      });
      const { headers } = JSON.parse(body) as { headers: Record<string, string[]> };
      const names = Object.keys(headers).map((name) => name.toLowerCase());
      expect(names).toEqual(expect.arrayContaining(["api_key", "x_my_header"]));
    });
  });

  describe("what the edge refuses", () => {
    /** Sends bytes that no client would, and returns the whole answer. */
    const sendBytes = (bytes: string) =>
      new Promise<string>((resolve, reject) => {
        const { hostname, port } = new URL(stack.url);
        let answer = "";
        const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
        socket.on("data", (chunk) => {
          answer += chunk.toString();
          // The edge waits for the rest of a body that it refuses, so the connection's end would come late.
          if (answer.endsWith("}\n")) socket.destroy();
        });
        socket.on("close", () => resolve(answer)).on("error", reject);
      });

    it.each([
      [400, "garbage\r\n\r\n"],
      [400, "GET /flask/echo HTTP/1.1\r\n\r\n"],
      [400, "GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [400, "GET //flask/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [404, "GET /no-such-path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [404, "GET /edge/no-such-path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [405, "TRACE /flask/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
      [
        413,
        "POST /flask/json HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000\r\nConnection: close\r\n\r\n",
      ],
      [501, "POST /flask/json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip\r\n\r\n"],
      [
        502,
        "POST /echo/x?die=all HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      ],
      [505, "GET /flask/echo HTTP/3.0\r\n\r\n"],
    ])("is answered %d in JSON, says why, and is logged: %j", async (status, bytes) => {
      const [head = "", body = ""] = (await sendBytes(bytes)).split("\r\n\r\n");
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain("Content-Type: application/json");
      expect(head).toContain("Cache-Control: no-store");
      const { error } = JSON.parse(body) as { error: string };
      expect(
        await logged((entry) => entry.status === status && entry.reason === error),
      ).toBeDefined();
    });

    it("is told from an error of a service, which is the service's own answer", async () => {
      const { status, body } = await send("/binary/status/502");
      expect([status, body]).toEqual([502, expect.not.stringContaining("error")]);
      expect(await logged((entry) => entry.uri === "/binary/status/502")).toMatchObject({
        reason: "",
      });
    });
  });
}
