import { pushForeignImage } from "../support/foreignImages";
import { flaskService, httpbinService } from "../support/foreignServices";
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
    expect([result.exitCode, result.output]).toEqual([0, expect.anything()]);
    expect(result.output).toMatch(/set stayed well for [3-9]\.\d+ s/);
  });
});
