import execa from "execa";
import { EventSource } from "eventsource";
import { eventsService, troubledService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { finish } from "../support/runResult";
import { SteadyUsers } from "../support/steadyUsers";
import { succeed, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-traffic");
const SERVICE = "web";
const BAKE_SECONDS = 12;
const PER_SECOND = 100;
const url = `${stack.url}/${SERVICE}/get`;
let digest: string;
let users: SteadyUsers;

beforeAll(async () => {
  digest = await pushForeignImage("python");
  await stack.create({});
  await succeed(release({ VERSION: "1" }));
});

afterAll(() => stack.remove());

beforeEach(() => {
  users = new SteadyUsers(url, PER_SECOND);
});

afterEach(() => users.stop());

/** Another environment is another release of the same image. */
function release(env: Record<string, string>, keys: StackConfig = {}, args: string[] = []) {
  const services = stack.writeServices({ [SERVICE]: troubledService(env) });
  stack.configure({
    release: { [SERVICE]: digest },
    servicesFile: services,
    rollout: { bakeSeconds: BAKE_SECONDS, drainSeconds: 1, keepPrevious: "warm" },
    edge: { trustedProxies: ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12"] },
    ...keys,
  });
  return stack.up(...args);
}

/** Enough of the time before to compare with. */
async function asBefore(seconds = 7): Promise<void> {
  users.start();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  expect(users.take().failed).toBe(0);
}

async function lastEvents() {
  return (await stack.host.records.events.list()).slice(-4);
}

/** What the watch would have said, from the log as Docker prints it. */
function replay(to: string) {
  const judge = `node bin/maestro.js judge --replay - --to ${to}`;
  const log = `docker logs ${stack.prefix}-edge 2>/dev/null`;
  return finish(execa("bash", ["-c", `${log} | ${judge}`], { all: true, reject: false }));
}

async function active(): Promise<string> {
  return (await stack.outputs()).activeColor;
}

/** What a browser's EventSource gets: each version's last count, and how often one was left out. */
function listen(address: string) {
  const source = new EventSource(address);
  const heard = { source, counts: {} as Record<string, number>, versions: [] as string[], gaps: 0 };
  source.addEventListener("tick", ({ data }) => {
    const { version, count } = JSON.parse(data as string) as { version: string; count: number };
    if (!heard.versions.includes(version)) heard.versions.push(version);
    else if (count !== (heard.counts[version] ?? 0) + 1) heard.gaps += 1;
    heard.counts[version] = count;
  });
  return heard;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("it has not come to that within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a release that users get", () => {
  it("goes back within seconds where a fifth of its answers fail, and nothing else is lost", async () => {
    const before = await active();
    await asBefore();
    const result = await release({ VERSION: "2", FAIL_RATE: "0.2" });
    const { requests, failed } = await users.stop();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/failed after the switch/);
    expect(result.output).toMatch(
      /web: \d+ of \d+ requests \([\d.]+ %\) failed; at most [\d.]+ % is accepted, 0\.00 % did before; evidence [\d.]+ of [\d.]+ needed; most of them: GET \/web\/get \(\d+\)/,
    );
    expect(result.output).toMatch(/users are back on \w+, release \w+, in 0\.\d\d s/);
    expect(await active()).toBe(before);
    const kinds = (await lastEvents()).map(({ kind }) => kind);
    expect(kinds).toEqual(["proven", "moved", "rejected", "went back"]);
    // A fifth of what was asked while it served: some seconds at the most.
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(0.2 * PER_SECOND * 6);
    expect(requests).toBeGreaterThan(PER_SECOND * 3);
    const replayed = await replay(before === "blue" ? "green" : "blue");
    expect(replayed.output).toMatch(
      /it would have gone back after \d s\n {2}web: \d+ of \d+ requests/,
    );
    expect(replayed.exitCode).toBe(1);
    const again = await stack.up();
    expect(again.exitCode).not.toBe(0);
    expect(again.output).toMatch(/was rejected at/);
  });

  it("goes back where it has become slow, after the first seconds, and all are answered", async () => {
    await asBefore();
    const result = await release({ VERSION: "3", DELAY_SECONDS: "0.1" });
    const { failed } = await users.stop();
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(
      /web: \d+ of \d+ requests \(\d+ %\) took longer than 0\.0\d\d s; at most 5\.0 % is accepted, 95 % took at most 0\.0\d\d s before/,
    );
    expect(failed).toBe(0);
  });

  it("stays where it is as good as the one before, and the record says what was seen", async () => {
    await asBefore();
    const result = await release({ VERSION: "4" });
    const { failed } = await users.stop();
    expect(result.exitCode).toBe(0);
    expect(result.output).toMatch(/\d+ requests, 0\.00 % failed, 95 % within 0\.\d+ s; \d+ s left/);
    expect(result.output).toMatch(/watched for \d+\.\d\d s: \d+ requests/);
    expect(failed).toBe(0);
    const events = await lastEvents();
    const watched = events.find(({ kind }) => kind === "watched");
    expect(watched?.reason).toMatch(/^(pass|inconclusive): \d+ requests, 0\.00 % failed/);
    const { release: served, history } = await stack.outputs();
    expect(history[0]?.watched).toMatch(/^(pass|inconclusive)$/);
    const { id } = served;
    expect((await stack.host.records.readTraffic(id))?.[SERVICE]).toMatchObject({ bad: 0 });
  });

  it("stays where one client alone fails, whatever it asks for", async () => {
    await asBefore();
    const hostile = new SteadyUsers(`${stack.url}/${SERVICE}/status/500`, 3, () => "203.0.113.9");
    hostile.start();
    const result = await release({ VERSION: "5" });
    expect((await hostile.stop()).failed).toBeGreaterThan(20);
    await succeed(result);
  });

  it("is not judged where nobody asks, and says so", async () => {
    const result = await release({ VERSION: "6" });
    expect(result.exitCode).toBe(0);
    expect(result.output).toMatch(/no user has asked for anything, so nothing is known of it/);
    const events = await lastEvents();
    expect(events.find(({ kind }) => kind === "watched")?.reason).toMatch(/^no data: /);
  });

  it("goes back for that where the stack wants to know", async () => {
    const rollout = { bakeSeconds: 2, drainSeconds: 1, watch: { onInconclusive: "back" } };
    const result = await release({ VERSION: "7" }, { rollout });
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(/users are back on/);
  });

  it("that has served before is not judged: going back is no experiment", async () => {
    const rollout = { bakeSeconds: 2, drainSeconds: 1 };
    const result = await release({ VERSION: "5" }, { rollout });
    expect(result.exitCode).toBe(0);
    expect(result.output).not.toMatch(/watched for/);
  });
});

describe("an update that is killed in its watch", () => {
  it("is watched to the end by the next one, which takes the traffic back", async () => {
    await asBefore();
    const before = await active();
    const services = stack.writeServices({
      [SERVICE]: troubledService({ VERSION: "8", FAIL_RATE: "0.05" }),
    });
    stack.configure({
      release: { [SERVICE]: digest },
      servicesFile: services,
      rollout: { bakeSeconds: 120, drainSeconds: 1, keepPrevious: "warm" },
      edge: { trustedProxies: ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12"] },
    });
    await stack.upKilledAt(/moved and asked in/);
    await succeed(stack.operation("unlock"));
    const result = await stack.up();
    expect(result.output).toMatch(/failed after the switch/);
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toMatch(new RegExp(`users are back on ${before}`));
  });
});

// The last one: another service takes the place of the one that the others compare with.
describe("streams of events", () => {
  it("go on while a release takes their place, come again when their set stops, and are not slow", async () => {
    const image = await pushForeignImage("node");
    const releaseEvents = (VERSION: string) => {
      const settings = { env: { VERSION }, stopGraceSeconds: 3, route: { readTimeoutSeconds: 3 } };
      stack.configure({
        release: { events: image },
        servicesFile: stack.writeServices({ events: eventsService(settings) }),
        rollout: { bakeSeconds: 5, drainSeconds: 3, keepPrevious: "stopped" },
      });
      return stack.up();
    };
    await succeed(releaseEvents("1"));
    const listeners = Array.from({ length: 20 }, () => listen(`${stack.url}/events/events`));
    await until(() => listeners.every(({ counts }) => (counts["1"] ?? 0) > 5));
    await succeed(releaseEvents("2"));
    await until(() => listeners.every(({ counts }) => (counts["2"] ?? 0) > 5));
    for (const { source, gaps, versions } of listeners) {
      source.close();
      expect([gaps, versions]).toEqual([0, ["1", "2"]]);
    }
    const events = await lastEvents();
    const watched = events.find(({ kind }) => kind === "watched");
    expect(watched?.reason).not.toMatch(/^fail/);
  });
});
