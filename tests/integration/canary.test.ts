import { troubledService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { browse, setOfCaller, setOfClient, shareOfClients } from "../support/shareClients";
import { SteadyUsers } from "../support/steadyUsers";
import { succeed, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(900_000);

const stack = new TestStack("itest-shares");
const SERVICE = "web";
const WATCH_SECONDS = 2;
const STEPS = [10, 25, 50, 100].map((percent) => ({ percent, watchSeconds: WATCH_SECONDS }));
const PER_SECOND = 60;
const url = `${stack.url}/${SERVICE}/get`;
let digest: string;
let users: SteadyUsers;
let version = 0;

beforeAll(async () => {
  digest = await pushForeignImage("python");
  await stack.create({});
  await succeed(release());
});

afterAll(() => stack.remove());

beforeEach(() => {
  // Each from an address of its own, as far as a test has some.
  users = new SteadyUsers(url, PER_SECOND, clientOf);
});

afterEach(() => users.stop());

function clientOf(request: number): string {
  return `198.${51 + (request % 3)}.${Math.floor(request / 250) % 250}.${request % 250}`;
}

/** Another version of the same image, which is another release, gets its clients by shares. */
function configure(env: Record<string, string> = {}, canary: object = {}): void {
  version += 1;
  const services = { [SERVICE]: troubledService({ VERSION: String(version), ...env }) };
  const config: StackConfig = {
    release: { [SERVICE]: digest },
    servicesFile: stack.writeServices(services),
    rollout: {
      drainSeconds: 1,
      strategy: "canary",
      canary: { steps: STEPS, override: "X-Release", ...canary },
    },
    edge: { trustedProxies: ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12"] },
  };
  stack.configure(config);
}

function release(env: Record<string, string> = {}, canary: object = {}) {
  configure(env, canary);
  return stack.up();
}

const active = () => stack.host.edge.readActiveColor();
const setOf = (client: string, headers = {}) => setOfClient(url, client, headers);
const measureShare = async () => shareOfClients(url, 10_000, await active());

async function under(percent: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  while ((await stack.host.edge.readAside()) !== percent) {
    if (Date.now() > deadline) throw new Error(`the release never got ${percent} %`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const rollout = (command: string) => stack.operation(`rollout ${command}`);

describe("a release that goes up by shares of the clients", () => {
  it("gets all of them in the end, and no request is lost", async () => {
    const before = await active();
    users.start();
    const result = await release();
    const { requests, failed } = await users.stop();
    await succeed(result);
    for (const percent of [10, 25, 50]) {
      expect(result.output).toContain(`gets ${percent} % of the clients, for ${WATCH_SECONDS} s`);
    }
    expect(await active()).not.toBe(before);
    expect(failed).toBe(0);
    expect(requests).toBeGreaterThan(PER_SECOND * WATCH_SECONDS * 4);
    expect(await stack.host.records.readCanary()).toBeNull();
  });

  it("is taken back where its clients fare worse, before most of them have met it", async () => {
    const before = await active();
    users.start();
    const result = await release({ FAIL_RATE: "0.5" });
    const { failed } = await users.stop();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/web: \d+ of \d+ requests \([\d.]+ %\) failed/);
    expect(result.output).toMatch(/users are back on/);
    expect(await active()).toBe(before);
    expect(await stack.host.edge.readAside()).toBe(0);
    // Half of a tenth of the requests, as long as it takes to see it.
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(PER_SECOND * 2 * WATCH_SECONDS * 0.1);
    expect((await stack.up()).output).toMatch(/was rejected at/);
  });

  it("has exactly its share, the same clients each time, and testers choose", async () => {
    configure({}, { mode: "step" });
    await succeed(stack.up());
    const serving = await active();
    const other = serving === "blue" ? "green" : "blue";
    expect(Math.abs((await measureShare()) - 10)).toBeLessThan(1.5);
    const clients = Array.from({ length: 100 }, (_, index) => `10.7.${index}.9`);
    const sets = async () => Promise.all(clients.map((client) => setOf(client)));
    const once = await sets();
    expect(await sets()).toEqual(once);
    expect(await setOf("10.7.0.9", { "x-release": "new" })).toBe(other);
    const inShare = clients[once.indexOf(other)]!;
    expect(await setOf(inShare, { "x-release": "old" })).toBe(serving);
    // A service that calls another one stays in its set.
    for (const color of ["blue", "green"]) {
      expect(await setOfCaller(stack.prefix, `${color}-${SERVICE}-0`, `/${SERVICE}/get`)).toBe(
        color,
      );
    }
    // What serves is what most get, whoever asks.
    const asked = await fetch(`${stack.url}/edge/release`, {
      headers: { "x-forwarded-for": inShare },
    });
    expect(await asked.json()).toMatchObject({ set: serving });
    const next = await succeed(stack.up());
    expect(next).toContain("gets 25 % of the clients");
    const share = await measureShare();
    expect(Math.abs(share - 25)).toBeLessThan(1.5);
    const grown = await sets();
    once.forEach((set, index) => set === other && expect(grown[index]).toBe(other));
    expect((await rollout("status")).output).toMatch(/gets 25 % of the clients since .*, step 2/);
    await succeed(rollout("promote"));
    await succeed(stack.up());
    expect(await active()).toBe(other);
  });
});

describe("an operator, from another shell", () => {
  it.each([10, 25, 50])("ends it at %d % within a second, and no request is lost", async (at) => {
    const before = await active();
    users.start();
    configure();
    const running = stack.up();
    await under(at);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const start = Date.now();
    const aborted = rollout("abort");
    await under(0);
    const seconds = (Date.now() - start) / 1000;
    console.info(
      `aborted at ${at} %: at 0 after ${seconds.toFixed(2)} s, with the command's start`,
    );
    await succeed(aborted);
    const result = await running;
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain("ended by `maestro rollout abort`");
    expect((await users.stop()).failed).toBe(0);
    expect([await active(), await stack.host.edge.readAside()]).toEqual([before, 0]);
    expect((await stack.up()).output).toMatch(/was rejected at .*aborted at/s);
  });

  it("ends it in its last step too, when all clients have it already", async () => {
    const before = await active();
    const half = { percent: 50, watchSeconds: 1 };
    users.start();
    configure({}, { steps: [half, { percent: 100, watchSeconds: 60 }] });
    const running = stack.up();
    while ((await active()) === before) await new Promise((resolve) => setTimeout(resolve, 50));
    await succeed(rollout("abort"));
    expect(await active()).toBe(before);
    expect((await running).output).toContain("ended by `maestro rollout abort`");
    expect((await users.stop()).failed).toBe(0);
    expect(await active()).toBe(before);
    expect((await stack.up()).output).toMatch(/was rejected at .*aborted at 100 %/s);
  });

  it("has it stay at its share, and go on", async () => {
    configure();
    const running = stack.up();
    await under(10);
    await succeed(rollout("pause"));
    await new Promise((resolve) => setTimeout(resolve, 2_000 * WATCH_SECONDS));
    expect(await stack.host.edge.readAside()).toBe(10);
    await succeed(rollout("resume"));
    await succeed(running);
  });

  it("goes back by a rollback while the update still runs", async () => {
    const before = await active();
    configure();
    const running = stack.up();
    await under(25);
    await stack.operation("rollback");
    expect((await running).exitCode).not.toBe(0);
    expect([await active(), await stack.host.edge.readAside()]).toEqual([before, 0]);
  });
});

describe("an update that is killed on the way up", () => {
  it.each([10, 25, 50])("at %d % is gone on with by the next one", async (at) => {
    const before = await active();
    users.start();
    configure();
    await stack.upKilledAt(new RegExp(`gets ${at} % of the clients`));
    expect(await stack.host.edge.readAside()).toBe(at);
    await succeed(stack.operation("unlock"));
    const result = await succeed(stack.up());
    const steps = [...result.matchAll(/gets (\d+) % of the clients, for/g)];
    expect(steps.map(([, percent]) => Number(percent))[0]).toBe(at);
    expect((await users.stop()).failed).toBe(0);
    expect(await active()).not.toBe(before);
  });

  it("gives way to another release, which takes its set once its clients are back", async () => {
    users.start();
    configure();
    await stack.upKilledAt(/gets 25 % of the clients/);
    await succeed(stack.operation("unlock"));
    const result = await succeed(release());
    expect(result).toMatch(/all users get the \w+ set; waiting/);
    expect((await users.stop()).failed).toBe(0);
  });
});

// The last one: another way to tell clients apart reloads the edge, which is no matter of shares.
it("keeps each browser in its share by a cookie, where the stack wants that", async () => {
  configure({}, { mode: "step", stickyBy: "cookie" });
  await succeed(stack.up());
  const serving = await active();
  const browsers = await Promise.all(Array.from({ length: 400 }, () => browse(url, null)));
  expect(new Set(browsers.map(({ cookie }) => cookie)).size).toBe(400);
  // All come from one address: nothing but the cookie tells them apart.
  const share = browsers.filter(({ set }) => set !== serving).length / 400;
  expect(share).toBeGreaterThan(0.04);
  expect(share).toBeLessThan(0.17);
  const again = await Promise.all(browsers.map(({ cookie }) => browse(url, cookie)));
  expect(again).toEqual(browsers);
  expect((await browse(url, "maestro_client=forged")).cookie).toMatch(
    /^maestro_client=[0-9a-f]{32}$/,
  );
  await succeed(rollout("abort"));
});
