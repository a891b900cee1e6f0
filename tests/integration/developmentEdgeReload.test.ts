import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { EdgeStack, echoService } from "../support/edgeStack";
import { OpenLoopLoad, type LoadResult } from "../load/openLoopLoad";
import { sendRaw } from "../support/rawRequest";

jest.setTimeout(600_000);

const stack = new EdgeStack("itest-edge");
const SERVICES = { "quality-fabric": null, "template-service": null };
const RELOADS = 20;

beforeAll(() => stack.begin(SERVICES));
afterAll(() => stack.remove());

/** Whether the edge's nginx can reload without closing connections in use: 1.27.4 and newer. */
const isLossless = () =>
  /^ *keepalive_min_timeout /m.test(readFileSync(stack.host.edge.config, "utf8"));

/** Requests at 500 a second on 64 kept connections, half of them POST, while `action` runs. */
async function underLoad(name: string, action: () => Promise<void>): Promise<LoadResult> {
  const load = new OpenLoopLoad({
    baseUrl: stack.url,
    getPaths: ["/quality-fabric/version", "/template-service/version"],
    postPaths: ["/quality-fabric/echo", "/template-service/echo"],
    requestsPerSecond: 500,
    connections: 64,
  });
  await sleep(1000);
  await action().catch(async (error: unknown) => {
    await load.stop();
    throw error;
  });
  await sleep(1000);
  const result = await load.stop();
  const { sent, lost, latency } = result;
  console.info(
    `${name}: ${sent} requests, ${lost.length} lost, p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`,
  );
  return result;
}

function expectNoneLost(result: LoadResult): void {
  if (isLossless()) expect(result.lost.slice(0, 5)).toEqual([]);
  expect(result.answered + result.lost.length).toBe(result.sent);
  expect(result.answered).toBeGreaterThan(result.sent * 0.95);
}

/** The edge's processes: others after a reload. */
const processes = async () =>
  (await execa("docker", ["top", stack.edgeName, "-o", "pid,args"])).stdout;

describe("a reload of the edge", () => {
  it("loses no request that is under way, on an nginx that can", async () => {
    const result = await underLoad(`${RELOADS} reloads`, async () => {
      for (let round = 0; round < RELOADS; round += 1) {
        const { exitCode, all } = await stack.applyConfig(
          await stack.render({ gzip: round % 2 === 0 }),
        );
        if (exitCode !== 0) throw new Error(all);
        await sleep(200);
      }
    });
    expectNoneLost(result);
  });

  it("ends the old workers soon after their last client", async () => {
    await stack.applyConfig(await stack.render({ securityHeaders: false }));
    await sleep(20_000);
    expect(await processes()).not.toMatch(/shutting down/);
  });
});

describe("a service added and removed by configuration under load", () => {
  it("leaves the edge's container alone and loses nothing", async () => {
    const edge = async () => (await stack.containers()).get(stack.edgeName);
    const before = await edge();
    expect(before).toBeDefined();
    const more = { ...SERVICES, "added-service": echoService({ replicas: 2 }) };
    const result = await underLoad("a service added, then removed", async () => {
      await stack.release(more);
      const { status, body } = await sendRaw(stack.url, "/added-service/x");
      expect([status, JSON.parse(body)]).toMatchObject([200, { target: "/x" }]);
      await stack.release(SERVICES);
    });
    expect((await sendRaw(stack.url, "/added-service/x")).status).toBe(404);
    expectNoneLost(result);
    expect(await edge()).toEqual(before);
  });
});

describe("a configuration that nginx refuses", () => {
  it.each([
    ["not nginx at all", "this is not nginx"],
    ["a directive it does not know", null],
    ["nothing", ""],
  ])("is not taken: %s", async (_name, text) => {
    const live = readFileSync(stack.host.edge.config);
    const generation = async () => (await sendRaw(stack.url, "/edge/generation")).body;
    const before = [await generation(), await processes()];
    const config =
      text ??
      (await stack.render()).replace("server_tokens off;", "server_tokens off; warp_drive on;");
    const { exitCode, all } = await stack.applyConfig(config);
    expect(exitCode).not.toBe(0);
    expect(all).toMatch(/^nginx refuses the edge's new configuration, so the old one stays:\n/);
    expect(readFileSync(stack.host.edge.config).equals(live)).toBe(true);
    expect([await generation(), await processes()]).toEqual(before);
    expect((await sendRaw(stack.url, "/quality-fabric/version")).status).toBe(200);
  });
});
