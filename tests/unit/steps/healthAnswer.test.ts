import type { Answer } from "../../../rules/host/asking";
import { askServices } from "../../../targets/dockerHost/askServices";
import { describeAnswer } from "../../../rules/edge/healthAnswer";
import { createRelease, type ServiceRelease } from "../../../release/release";
import { placedRelease, serviceRelease } from "../../support/releases";

const html = { "content-type": "text/html; charset=utf-8" };

describe("what a message says of an answer", () => {
  it.each<[string, Partial<Answer>, string]>([
    [
      "a framework that does not know the host",
      {
        status: 400,
        headers: { ...html, "x-maestro-asked": "http://localhost" },
        body: "<html><title>x</title><h1>Bad Request (400)</h1></html>",
      },
      'status 400, asked as http://localhost, which says "Bad Request (400)"; health.host asks with another host name',
    ],
    [
      "one that sends users to https",
      {
        status: 301,
        headers: { location: "https://a.example/ready", "x-maestro-asked": "http://a.example" },
      },
      "status 301 to https://a.example/ready, asked as http://a.example; if users come by https, set health.scheme: https",
    ],
    [
      "one that adds a slash",
      { status: 301, headers: { location: "/ready/", "x-maestro-asked": "http://a.example" } },
      "status 301 to /ready/, asked as http://a.example; name a path that answers 2xx itself",
    ],
    [
      "one that wants a login",
      { status: 401, headers: {}, body: "no" },
      'status 401, which says "no"; health paths must answer without a login',
    ],
    [
      "what would move the cursor",
      { status: 500, headers: {}, body: "a\x1b[2J\nb" },
      'status 500, which says "a?[2J b"',
    ],
  ])("tells %s", (_name, answer, message) => {
    expect(describeAnswer({ status: 200, headers: {}, body: "", ...answer })).toBe(message);
  });

  it("has an end", () => {
    const said = describeAnswer({ status: 500, headers: {}, body: "x".repeat(60_000) });
    expect(said.length).toBeLessThan(250);
  });
});

describe("asking services", () => {
  const placed = (services: Record<string, Partial<ServiceRelease>>) =>
    placedRelease(
      createRelease(
        Object.fromEntries(
          Object.entries(services).map(([name, overrides]) => [
            name,
            serviceRelease({ name, overrides }),
          ]),
        ),
      ),
    );
  const route = (overrides: object) => ({ ...serviceRelease().route, ...overrides });
  const ask = async (
    record: ReturnType<typeof placed>,
    answers: Record<string, Partial<Answer>>,
  ) => {
    const asked: string[] = [];
    const host = {
      ask: (url: string, options?: { headers?: Readonly<Record<string, string>> }) => {
        asked.push(`${options?.headers?.["host"] ?? "-"} ${url}`);
        const headers = { "x-maestro-set": "blue" };
        const given = answers[new URL(url).pathname] ?? {};
        return Promise.resolve({
          status: 200,
          body: "",
          ...given,
          headers: { ...headers, ...given.headers },
        });
      },
    };
    const asking = { url: "http://e", previewUrl: "http://p", publicHost: "www.example" };
    return { wrongs: await askServices(host, asking, "blue", record), asked };
  };

  it("names the host that users name", async () => {
    const record = placed({
      a: {},
      b: { route: route({ path: "/b/", host: "b.example" }) },
      c: { health: { ...serviceRelease().health, host: "c.example" } },
    });
    const { wrongs, asked } = await ask(record, {});
    expect(wrongs).toEqual([]);
    expect(asked).toEqual([
      "www.example http://e/a/health",
      "b.example http://e/b/health",
      "c.example http://e/c/health",
    ]);
  });

  it("names no host whose own route would answer instead", async () => {
    const record = placed({
      a: { route: route({ path: "/" }) },
      b: { route: route({ path: "/", host: "www.example" }) },
    });
    expect((await ask(record, {})).asked).toEqual([
      "- http://e/health",
      "www.example http://e/health",
    ]);
  });

  it("asks the replicas where users of plain http are sent to https", async () => {
    const sent = { status: 301, headers: { location: "https://www.example/web/health" } };
    const record = placed({ web: {} });
    const well = await ask(record, { "/web/health": sent });
    expect(well).toEqual({
      wrongs: [],
      asked: ["www.example http://e/web/health", "- http://p/edge/probe/blue/web/0/live"],
    });
    const { wrongs } = await ask(record, {
      "/web/health": sent,
      "/edge/probe/blue/web/0/live": { status: 500 },
    });
    expect(wrongs).toEqual(["web: /health gave status 500"]);
  });
});
