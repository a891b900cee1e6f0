import path from "node:path";
import { ensureGoBinary, pushForeignImage } from "../support/foreignImages";
import { fastapiService, flaskService, httpbinService } from "../support/foreignServices";
import { succeed, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-health");
let digest: string;

beforeAll(async () => {
  digest = await pushForeignImage("python");
  await stack.create({});
  await succeed(release({}, {}));
});

afterAll(() => stack.remove());

/** Flask with py-healthcheck, and httpbin. */
function release(flask: object, httpbin: object, rollout: StackConfig = {}) {
  const health = { readyPath: "/healthcheck", deadlineSeconds: 5 };
  const services = stack.writeServices({
    flask: flaskService({ health, ...flask }),
    httpbin: httpbinService(httpbin),
  });
  stack.configure({
    release: { flask: digest, httpbin: digest },
    servicesFile: services,
    rollout: { bakeSeconds: 0, drainSeconds: 1, ...rollout },
  });
  return stack.up();
}

async function serving(): Promise<string> {
  return (await stack.outputs()).release.id;
}

describe("a set that is ready", () => {
  it("takes no traffic where a named part of a service is not well, though its status says so", async () => {
    const before = await serving();
    const result = await release(
      {
        env: { DATABASE: "refused", CHECK_STATUS: "200" },
        healthGate: { checks: ["database", "cache"] },
      },
      {},
    );
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /flask-0: \/healthcheck calls database "false", wanted it to be well/,
    );
    expect(result.output).toMatch(/release \w+ is rejected/);
    expect(await serving()).toBe(before);
    const events = await stack.host.records.events.list();
    expect(events.at(-1)).toMatchObject({ kind: "rejected" });
  });

  it("takes no traffic where a way through a service ends wrongly, and says where", async () => {
    const smokeTests = [
      {
        name: "an order",
        steps: [
          {
            method: "POST",
            path: "/httpbin/anything/orders",
            body: { sku: "a-1" },
            json: { "/json/sku": "a-1", "/method": "POST" },
            answerHeaders: { "Content-Type": "application/json" },
            capture: { sku: "/json/sku" },
          },
          { path: "/httpbin/anything/${sku}", json: { "/method": "PUT" } },
        ],
      },
    ];
    const result = await release({}, { env: { VERSION: "2" }, healthGate: { smokeTests } });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /httpbin-0: smoke test "an order": GET \/httpbin\/anything\/a-1: \/method is "GET", wanted "PUT"/,
    );
  });

  it("takes no traffic where it writes of trouble, or is near its limit of memory", async () => {
    const start = "echo 'FATAL: no licence' >&2; exec gunicorn --bind=0.0.0.0:8000 --threads=8";
    const command = ["sh", "-c", `${start} --worker-tmp-dir=/tmp httpbin:app`];
    const result = await release(
      { env: { VERSION: "3" }, healthGate: { memoryShare: 0.05 } },
      { command, healthGate: { logErrors: ["^FATAL"] } },
    );
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /httpbin-0: has written 1 lines that match \^FATAL, wanted none; first: FATAL: no licence/,
    );
    expect(result.output).toMatch(/flask-0: uses \d+ MB of 256 MB, wanted at most 13 MB/);
  });

  it("takes no traffic where it dies while it must stay well: at once", async () => {
    const server = "gunicorn --bind=0.0.0.0:8000 --worker-tmp-dir=/tmp httpbin:app";
    const command = ["sh", "-c", `${server} & sleep 8; exit 3`];
    const start = Date.now();
    const result = await release({}, { command }, { stabilizeSeconds: 120 });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/httpbin-0: (keeps exiting|exited with code)/);
    expect(Date.now() - start).toBeLessThan(60_000);
  });

  it("takes the traffic where all of it is as its services ask", async () => {
    const smokeTests = [
      { name: "page", steps: [{ path: "/httpbin/html", contains: "Herman Melville" }] },
    ];
    const result = await release(
      {
        env: { VERSION: "4" },
        healthGate: { checks: ["database", "cache"], maximumMilliseconds: 5_000 },
      },
      { healthGate: { smokeTests, logErrors: ["^FATAL"] } },
      { stabilizeSeconds: 3 },
    );
    await succeed(result);
    expect(result.output).toMatch(/set stayed well for [3-9]\.\d+ s/);
  });
});

describe("a set that users' requests are repeated to", () => {
  const shadow = { perSecond: 100 };
  const httpbin = ["gunicorn", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/tmp", "httpbin:app"];

  it("takes no traffic where it answers them otherwise than the one that serves", async () => {
    await succeed(release({ env: { VERSION: "5" } }, {}));
    const before = await serving();
    const asked = ["echo?token=secret", "health", "none", "echo?token=other"];
    for (const path of asked) await fetch(`${stack.url}/flask/${path}`);
    await fetch(`${stack.url}/flask/echo`, { method: "POST", body: "x" });
    // A page without an end, which no comparison may wait for.
    const endless = new AbortController();
    const stream = `${stack.url}/httpbin/drip?duration=20&numbytes=20&delay=0`;
    await fetch(stream, { signal: endless.signal }).then(() => endless.abort());
    const other = {
      command: httpbin,
      health: { readyPath: "/status/200", livePath: "/status/200" },
    };
    const result = await release(other, {}, { shadow });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /3 of \d users' requests that were repeated are answered worse .*GET \/flask\/echo: 404, wanted 200 as now/,
    );
    expect(result.output).not.toContain("token=");
    expect(await serving()).toBe(before);
  });

  it("takes it where it answers as that, apart from what is not repeated", async () => {
    const except = ["^/flask/(echo|health)"];
    const env = { VERSION: "6" };
    const result = await succeed(release({ env }, {}, { shadow: { ...shadow, except } }));
    expect(result).toMatch(/\d users' requests repeated in \d\.\d+ s, 0 of them answered worse/);
  });
});

describe("a service that says what its API is", () => {
  const PATH = process.env["PATH"];
  const openapi = { path: "/fastapi/openapi.json" };

  afterAll(() => {
    process.env["PATH"] = PATH;
  });

  function releaseApi(env: Record<string, string>, settings: object) {
    const fastapi = fastapiService({ env, healthGate: { openapi: settings } });
    stack.configure({
      release: { fastapi: digest },
      servicesFile: stack.writeServices({ fastapi }),
      rollout: { bakeSeconds: 0, drainSeconds: 1 },
    });
    return stack.up();
  }

  it("is compared by a program that must be there before anything is touched", async () => {
    const result = await releaseApi({}, openapi);
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain("services.fastapi.healthGate.openapi: oasdiff is not in the");
    const binary = await ensureGoBinary("oasdiff", "github.com/oasdiff/oasdiff", "oasdiff");
    process.env["PATH"] = `${path.dirname(binary)}:${PATH}`;
    expect(await succeed(releaseApi({}, openapi))).toContain("is the first one");
  });

  it("takes no traffic where that breaks the clients of what serves, unless they have agreed", async () => {
    const before = await serving();
    const result = await releaseApi({ TENANT: "required" }, openapi);
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /fastapi: 1 breaking changes for its clients: GET \/orders\/\{number\}: .*`tenant`.* \[[0-9a-f]{12}\]/,
    );
    expect(await serving()).toBe(before);
    const [, accept] = /openapi.accept of fastapi to (\[.*?\])/.exec(result.output)!;
    const agreed = { ...openapi, accept: JSON.parse(accept!) as string[] };
    const released = await succeed(releaseApi({ TENANT: "required", VERSION: "2" }, agreed));
    expect(released).toMatch(/whoever uses what is new .* after a rollback: GET .*`tenant`/);
  });

  it("takes no traffic where it cannot be read", async () => {
    const result = await releaseApi({ VERSION: "3" }, { path: "/fastapi/orders/7" });
    expect(result.output).toMatch(/fastapi-0: \/fastapi\/orders\/7 answers no OpenAPI 3 document/);
    const none = await releaseApi({ VERSION: "4" }, { path: "/fastapi/none.json" });
    expect(none.output).toMatch(/none\.json answers 404, wanted the OpenAPI document/);
  });

  it("comes back though its API is older, cannot be read, and nothing is there to compare it by", async () => {
    process.env["PATH"] = PATH;
    const result = await succeed(releaseApi({}, { path: "/fastapi/none.json" }));
    expect(result).toMatch(/set proven/);
    const events = await stack.host.records.events.list();
    expect(events.at(-1)).toMatchObject({ kind: "moved" });
  });
});
