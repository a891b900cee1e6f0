import { docker } from "../../toolchain/setup/dockerClient";
import { FakeClock } from "../support/fakeClock";
import { troubledService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { LogCutter } from "../support/logCutter";
import { SteadyUsers } from "../support/steadyUsers";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-troubles");
const BAKE_SECONDS = 12;
const PER_SECOND = 60;
/** Good releases that must all stay: a few here, a hundred where somebody wants to be sure. */
const GOOD_RELEASES = Number(process.env["MAESTRO_GOOD_RELEASES"] ?? 3);
/** Which is shown first, of the service or of all together, is chance; where the failures are is not. */
const BAD_JOBS =
  /(?:jobs|all services): \d+ of \d+ requests \([\d.]+ %\) failed.*GET \/jobs\/get \(\d+\)/;
let digest: string;
let version = 0;
let users: SteadyUsers[] = [];

beforeAll(async () => {
  digest = await pushForeignImage("python");
  await stack.create({});
  await succeed(release({}));
});

afterAll(() => stack.remove());

afterEach(async () => {
  for (const each of users) await each.stop();
  users = [];
});

/** Two services of one image; another version of one is another release. */
function release(env: Record<string, string>, watch: object = {}, bakeSeconds = BAKE_SECONDS) {
  version += 1;
  const services = {
    web: troubledService({ VERSION: "1" }),
    jobs: troubledService({ VERSION: String(version), ...env }),
  };
  stack.configure({
    release: { web: digest, jobs: digest },
    servicesFile: stack.writeServices(services),
    rollout: {
      bakeSeconds,
      drainSeconds: 1,
      watch: { holdBackPercent: 10, ...watch },
    },
    edge: { trustedProxies: ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12"] },
  });
  return stack.up();
}

/** Users of both services, each from an address of its own, for enough of the time before to compare with. */
async function asBefore(): Promise<void> {
  users = ["web", "jobs"].map(
    (service) =>
      new SteadyUsers(
        `${stack.url}/${service}/get`,
        PER_SECOND,
        (request) => `198.51.${Math.floor(request / 250) % 200}.${request % 250}`,
      ),
  );
  users.forEach((each) => each.start());
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(users.map((each) => each.take().failed)).toEqual([0, 0]);
}

const active = () => stack.host.edge.readActiveColor();

async function lastKinds(): Promise<string[]> {
  return (await stack.host.records.events.list()).slice(-3).map(({ kind }) => kind);
}

async function moved(from: string | null): Promise<void> {
  while ((await active()) === from) await new Promise((resolve) => setTimeout(resolve, 20));
}

it("of releases that fail as often as the one before none goes back, and nothing else is lost", async () => {
  await asBefore();
  users.forEach((each) => each.sendHeaders({ "x-trouble": "0.01" }));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  users.forEach((each) => each.take());
  for (let each = 0; each < GOOD_RELEASES; each += 1) {
    const result = await release({}, {}, 5);
    if (result.exitCode !== 0) throw new Error(`release ${each + 1}: ${result.output}`);
  }
  const [web, jobs] = await Promise.all(users.map((each) => each.stop()));
  const [requests, failed] = [web!.requests + jobs!.requests, web!.failed + jobs!.failed];
  console.info(
    `${GOOD_RELEASES} releases, ${requests} requests, ${failed} failed, of which 1 % are meant to`,
  );
  expect(failed / requests).toBeLessThan(0.02);
}, 3_600_000);

describe("after the switch", () => {
  it("a service that dies two seconds later takes the release back within seconds", async () => {
    const before = await active();
    await asBefore();
    const result = await release({ DIES_AFTER_SECONDS: "2" });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/jobs: |GET \/jobs\/get/);
    expect(result.output).toMatch(/users are back on/);
    expect(await active()).toBe(before);
    const [web, jobs] = await Promise.all(users.map((each) => each.stop()));
    expect(web!.failed).toBe(0);
    // What was asked of it from its death on, for the second or two until that was seen.
    expect(jobs!.failed).toBeLessThan(PER_SECOND * 4);
  });

  it("errors of one service are enough, and it is the one that is named", async () => {
    await asBefore();
    const result = await release({ FAIL_RATE: "0.3" });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(BAD_JOBS);
    expect(result.output).not.toMatch(/web: \d+ of/);
    const rejected = (await stack.host.records.events.list()).findLast(
      ({ kind }) => kind === "rejected",
    );
    expect(rejected?.evidence).toMatchObject({ verdict: "fail" });
    const [web] = await Promise.all(users.map((each) => each.stop()));
    expect(web!.failed).toBe(0);
  });

  it("a database that fails for both releases is not taken for the new one's fault", async () => {
    const before = await active();
    await asBefore();
    const running = release({});
    await moved(before);
    users.forEach((each) => each.sendHeaders({ "x-trouble": "0.2" }));
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    users.forEach((each) => each.sendHeaders({}));
    const result = await running;
    await succeed(result);
    expect(await active()).not.toBe(before);
    expect(await stack.host.edge.readAside()).toBe(0);
  });

  it("a release that is bad stays where the set before is gone, and the record says so", async () => {
    const before = await active();
    await asBefore();
    const running = release({ FAIL_RATE: "0.5" });
    await moved(before);
    await docker(["rm", "--force", `${stack.prefix}-${before}-web-0`]);
    const result = await running;
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/is not fit to serve either, so the traffic stays where it is/);
    expect(await active()).not.toBe(before);
    // Those who were held back on the set that is gone get the other one, too.
    expect(await stack.host.edge.readAside()).toBe(0);
    expect(await lastKinds()).toEqual(["moved", "rejected", "no healthy set"]);
    // The way out: a release that is well, placed on the set that is gone.
    await succeed(release({}));
    expect(await active()).toBe(before);
  });

  it("a log that is cut while it is read passes nothing, and says so", async () => {
    const cutter = await LogCutter.start();
    stack.extraEnvironment["DOCKER_HOST"] = cutter.address;
    try {
      const before = await active();
      await asBefore();
      const running = release({});
      await moved(before);
      await cutter.hasTold(`"set":"${await active()}"`, 2 * PER_SECOND);
      expect(cutter.cut()).toBeGreaterThan(0);
      const result = await running;
      await succeed(result);
      expect(result.output).toMatch(/the edge's log ended while it was read/);
      const watched = (await stack.host.records.events.list()).findLast(
        ({ kind }) => kind === "watched",
      );
      expect(watched?.reason).toMatch(/^error: .*the edge's log ended/);
    } finally {
      delete stack.extraEnvironment["DOCKER_HOST"];
      await cutter.stop();
    }
  });

  it.each([-120, 120])("a deployer's clock that is %d minutes off changes nothing", async (off) => {
    const clock = await FakeClock.start();
    clock.set(off);
    Object.assign(stack.extraEnvironment, clock.environment);
    try {
      const before = await active();
      await asBefore();
      const result = await release({ FAIL_RATE: "0.3" });
      expect([result.exitCode, result.output]).not.toEqual([0, expect.anything()]);
      expect(result.output).toMatch(BAD_JOBS);
      expect(await active()).toBe(before);
    } finally {
      for (const name of Object.keys(clock.environment)) delete stack.extraEnvironment[name];
      clock.remove();
    }
  });
});
