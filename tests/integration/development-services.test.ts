import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { docker, tryDocker } from "../../toolchain/setup/docker";
import { packageRoot } from "../../config/project";
import { ImageWorkshop, repositoryOf } from "../support/imageWorkshop";
import { OtlpReceiver } from "../support/otlpReceiver";
import {
  askWebSocket,
  runService,
  waitUntilAnswering,
  type ServiceContainer,
} from "../support/serviceContainers";

const SERVICES = [
  "automation-service",
  "k8s-execution-service",
  "maestro-gateway",
  "quality-fabric",
  "template-service",
];

/** As the edge gives it to a service, and the span that it names. */
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const EDGE_SPAN = "00f067aa0ba902b7";

const workshop = new ImageWorkshop();

jest.setTimeout(180_000);

describe("the example services", () => {
  const references: Record<string, string> = {};
  const containers: ServiceContainer[] = [];

  beforeAll(async () => {
    await workshop.open();
    const { images: made } = await workshop.images(path.join(packageRoot(), "examples/services"));
    for (const { service, digest } of made) {
      const { address, path: repository } = repositoryOf(service);
      references[service] = `${address}/${repository}@${digest}`;
    }
  });

  afterAll(async () => {
    await Promise.all(containers.map((container) => container.remove()));
    await workshop.close();
  });

  async function start(
    service: string,
    env: Record<string, string> = {},
  ): Promise<ServiceContainer> {
    const container = await runService(references[service] ?? service, env);
    containers.push(container);
    await waitUntilAnswering(container);
    return container;
  }

  const post = (url: string, body: unknown) =>
    fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });

  it.each(SERVICES)("%s answers its probes as an unprivileged user", async (service) => {
    const env = { MAESTRO_SET: "green", MAESTRO_DIGEST: "sha256:abc" };
    const container = await start(service, env);
    const { url } = container;
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", service });
    expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ status: "ready" });
    expect(await (await fetch(`${url}/version`)).json()).toEqual({
      service,
      version: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      digest: "sha256:abc",
      set: "green",
    });
    const echoed = await post(`${url}/echo`, { id: 7 });
    expect(await echoed.json()).toEqual({ id: 7, service, set: "green" });
    expect(echoed.headers.get("server")).toBeNull();
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'http_requests_total{method="POST",status="200"} 1.0',
    );
    expect((await docker(["exec", container.id, "id", "-u"])).trim()).toBe("10001");
    expect((await tryDocker(["exec", container.id, "touch", "/app/x"])).ok).toBe(false);
    await container.remove();
  });

  it("each do some business of their own", async () => {
    const [automation, execution, gateway, quality, template] = await Promise.all(
      SERVICES.map((service) => start(service)),
    );
    const job = (await (
      await post(`${automation?.url}/jobs`, { name: "nightly", steps: ["lint"] })
    ).json()) as { id: string };
    expect((await post(`${automation?.url}/jobs/${job.id}/run`, {})).status).toBe(202);
    expect(
      await (await post(`${execution?.url}/executions`, { image: "busybox" })).json(),
    ).toMatchObject({ state: "planned", manifest: { kind: "Job" } });
    expect(
      await (await post(`${quality?.url}/evaluations`, { metrics: { coverage: 70 } })).json(),
    ).toMatchObject({ verdict: "failed" });
    expect(
      await (await post(`${template?.url}/render`, { text: "Hi $a", values: { a: "you" } })).json(),
    ).toEqual({ text: "Hi you" });
    const events = await (await fetch(`${gateway?.url}/events?count=1`)).text();
    expect(events).toMatch(/^id: 1\nevent: tick\ndata: \{"number": 1,/);
    expect(JSON.parse(await askWebSocket(`${gateway?.url}/ws`, "hello"))).toMatchObject({
      text: "hello",
    });
  });

  it("finish what is in flight before they end", async () => {
    const container = await start("quality-fabric", { FAULT_LATENCY_MS: "1500" });
    const answer = post(`${container.url}/echo`, { id: 1 });
    await sleep(500);
    await docker(["stop", "--time", "10", container.id]);
    expect((await answer).status).toBe(200);
    const exit = await docker(["inspect", "--format", "{{.State.ExitCode}}", container.id]);
    expect(exit.trim()).toBe("0");
  });

  it("bring a stream that has an end to it before they end", async () => {
    const container = await start("maestro-gateway");
    const stream = await fetch(`${container.url}/events?count=4`);
    await docker(["stop", "--time", "10", container.id]);
    expect((await stream.text()).match(/event: tick/g)).toHaveLength(4);
  });

  it("end open streams at once when they are told to", async () => {
    const container = await start("maestro-gateway");
    const stream = await fetch(`${container.url}/events`);
    const began = performance.now();
    await docker(["stop", "--time", "10", container.id]);
    expect(await stream.text()).toContain("event: tick");
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it("send a request and the calls that it causes as one trace, and write its id into their lines", async () => {
    const receiver = await OtlpReceiver.start();
    try {
      const env = {
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "100" },
        ...{ OTEL_RESOURCE_ATTRIBUTES: "set=green", LOG_LEVEL: "debug" },
      };
      const quality = await start("quality-fabric", env);
      const address = "{{.NetworkSettings.Networks.bridge.IPAddress}}";
      const host = (await docker(["inspect", "--format", address, quality.id])).trim();
      const SERVICE_URLS = `quality-fabric=http://${host}:8000`;
      const named = { ...env, SERVICE_URLS, OTEL_SERVICE_NAME: "shop-gateway" };
      const gateway = await start("maestro-gateway", named);
      const headers = { traceparent: `00-${TRACE}-${EDGE_SPAN}-01` };
      const ask = async () => (await fetch(`${gateway.url}/services`, { headers })).json();
      const version = {
        "quality-fabric": expect.objectContaining({ service: "quality-fabric" }) as unknown,
      };
      expect(await ask()).toEqual(version);
      const spans = await receiver.trace(TRACE, 3);
      const of = (kind: string, service: string) =>
        spans.find((span) => span.kind === `SPAN_KIND_${kind}` && span.service === service)!;
      const first = of("SERVER", "shop-gateway");
      const call = of("CLIENT", "shop-gateway");
      const last = of("SERVER", "quality-fabric");
      expect([first, call, last]).toMatchObject([
        { name: "GET /services", parent: EDGE_SPAN, set: "green", path: "/v1/traces" },
        { name: "GET", parent: first.id, set: "green" },
        { name: "GET /version", parent: call.id, set: "green" },
      ]);
      // Probes, of which each of them has had some, begin no trace.
      expect(receiver.spans).toHaveLength(3);
      for (const container of [gateway, quality]) {
        const lines = (await docker(["logs", container.id])).trim().split("\n");
        const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        const told = parsed.filter(({ trace_id: id }) => id === TRACE);
        expect(told.map(({ message }) => message)).toContain("request");
        expect(parsed.length).toBeGreaterThan(told.length);
      }
      await receiver.stop();
      expect(await ask()).toEqual(version);
      await docker(["stop", "--time", "10", gateway.id]);
      const exit = await docker(["inspect", "--format", "{{.State.ExitCode}}", gateway.id]);
      expect(exit.trim()).toBe("0");
    } finally {
      await receiver.stop();
    }
  });

  it("show the faults that tests ask for", async () => {
    const [unhealthy, failing, stubborn] = await Promise.all([
      start("template-service", { FAULT_HEALTH: "fail" }),
      start("template-service", { FAULT_ERROR_RATE: "1", FAULT_EXIT_AFTER_SECONDS: "3" }),
      start("template-service", { FAULT_IGNORE_SIGTERM: "1" }),
    ]);
    expect((await fetch(`${unhealthy?.url}/health`)).status).toBe(503);
    expect((await fetch(`${unhealthy?.url}/ready`)).status).toBe(503);
    expect((await post(`${failing?.url}/echo`, {})).status).toBe(500);
    expect((await fetch(`${failing?.url}/ready`)).status).toBe(200);
    await docker(["kill", "--signal", "TERM", stubborn?.id ?? ""]);
    expect((await docker(["wait", failing?.id ?? ""])).trim()).toBe("1");
    expect((await fetch(`${stubborn?.url}/health`)).status).toBe(200);
  });
});
