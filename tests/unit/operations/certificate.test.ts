import * as http from "node:http";
import type { AddressInfo } from "node:net";
import {
  AuthorityError,
  createKey,
  orderCertificate,
  type Responder,
} from "../../../operations/certificate/order";

const NOBODY: Responder = {
  kind: "http-01",
  show: () => Promise.reject(new Error("nothing was to be shown")),
  remove: () => Promise.resolve(),
};

const settings = (authority: string) => ({
  names: ["shop.example.com"],
  authority,
  email: "ops@example.com",
  challenge: "http-01" as const,
  hook: null,
  renewDays: 30,
  profile: null,
});

async function failureOf(authority: string): Promise<AuthorityError> {
  const order = orderCertificate(settings(authority), await createKey(), NOBODY);
  return order.then(
    () => Promise.reject(new Error("it was issued")),
    (error: unknown) => error as AuthorityError,
  );
}

describe("an order at an authority", () => {
  let server: http.Server;
  let base: string;
  let answer: http.RequestListener = () => undefined;

  beforeAll(async () => {
    server = http.createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it("says why the authority cannot be reached", async () => {
    const closed = http.createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(`http://127.0.0.1:${port}/directory`);
    expect(error).toBeInstanceOf(AuthorityError);
    const says = `127.0.0.1:${port} cannot be reached: ECONNREFUSED`;
    expect([error.message, error.until]).toEqual([says, null]);
  });

  it("says what the authority says, and does not ask it again at once", async () => {
    let asked = 0;
    answer = ({ url }, response) => {
      response.setHeader("replay-nonce", "n");
      if (url === "/directory") {
        const names = { newNonce: `${base}/nonce`, newAccount: `${base}/account` };
        response.setHeader("content-type", "application/json");
        return void response.end(JSON.stringify(names));
      }
      if (url === "/nonce") return void response.end();
      asked += 1;
      response.writeHead(429, { "content-type": "application/problem+json", "retry-after": "60" });
      response.end(
        JSON.stringify({ type: "x:rateLimited", detail: "too many\u001b[31m accounts" }),
      );
    };
    const before = Date.now();
    const { message, until } = await failureOf(`${base}/directory`);
    expect(message).toContain("says: too many");
    expect(message).not.toContain("\u001b");
    expect(message).toContain(`left alone until ${new Date(until!).toISOString()}`);
    expect(until).toBeGreaterThanOrEqual(before + 60_000);
    expect(asked).toBe(1);
  });
});
