import { connectEngine, readLogs } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { pushForeignImage } from "../support/foreignImages";
import { httpbinService } from "../support/foreignServices";
import { SteadyUsers } from "../support/steadyUsers";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const stack = new TestStack("itest-rolling");
const SERVICES = ["api", "web"] as const;
const PATHS = { livePath: "/status/200", readyPath: "/status/200" };
/** Never listens. Another path to ask would be a change of the edge's configuration, and a reload is no part of this. */
const SLEEPS = {
  command: ["python3", "-c", "import time; time.sleep(600)"],
  health: { ...PATHS, deadlineSeconds: 3 },
};
const PER_SECOND = 40;
/** Both services of one set, and one of the other. */
const MOST_CONTAINERS = 3;
let digest: string;
let version = 0;
let users: readonly SteadyUsers[];

beforeAll(async () => {
  digest = await pushForeignImage("python");
  await stack.create({});
  configure();
  await succeed(stack.up());
});

afterAll(() => stack.remove());

beforeEach(() => {
  users = SERVICES.map((service) => new SteadyUsers(`${stack.url}/${service}/get`, PER_SECOND));
  users.forEach((each) => each.start());
});

afterEach(() => Promise.all(users.map((each) => each.stop())));

/** The next release: `web` goes after `api`. */
function configure(web: object = {}): void {
  version += 1;
  const service = (settings: object) =>
    httpbinService({
      env: { VERSION: String(version) },
      health: { ...PATHS, deadlineSeconds: 60 },
      route: { readTimeoutSeconds: 2 },
      ...settings,
    });
  const services = { api: service({}), web: service({ dependsOn: ["api"], ...web }) };
  stack.configure({
    release: { api: digest, web: digest },
    servicesFile: stack.writeServices(services),
    rollout: { strategy: "rolling", drainSeconds: 2 },
  });
}

/** The set that answers each service's users. */
async function sets(): Promise<(string | null)[]> {
  const answers = SERVICES.map((service) => fetch(`${stack.url}/${service}/get`));
  return (await Promise.all(answers)).map(({ headers }) => headers.get("x-maestro-set"));
}

/** Most containers of services that have run at one moment of an update. */
async function peakOf(updates: Promise<unknown>): Promise<number> {
  const label = [`${LABELS.stack}=${stack.prefix}`, LABELS.service];
  let isOver = false;
  const over = updates.finally(() => (isOver = true));
  let peak = 0;
  while (!isOver) {
    const found = await connectEngine().listContainers({ filters: { label } });
    peak = Math.max(peak, found.length);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await over;
  return peak;
}

/** What users did not get: requests that failed, with what the edge says of them. */
async function lost(): Promise<{ failed: number; lines: string[] }> {
  const tallies = await Promise.all(users.map((each) => each.stop()));
  const { stdout } = await readLogs(connectEngine(), `${stack.prefix}-edge`);
  const lines = stdout.split("\n").filter((line) => /"status":5.*"probe":false/.test(line));
  expect(Math.min(...tallies.map(({ requests }) => requests))).toBeGreaterThan(PER_SECOND);
  return { failed: tallies.reduce((sum, { failed }) => sum + failed, 0), lines };
}

describe("a release whose services move one by one", () => {
  it("runs no more than one set and one service, goes on after a kill, and loses no request", async () => {
    const [before] = await sets();
    const after = before === "blue" ? "green" : "blue";
    configure();
    const update = async () => {
      const killed = await stack.upKilledAt(/api: users get it from/);
      expect(killed.output).toMatch(/rolling: one service after the other; containers may use/);
      expect(await sets()).toEqual([after, before]);
      expect((await stack.operation("status")).output).toMatch(
        /is being rolled out to \w+: moved are api; all other services are got from/,
      );
      await succeed(stack.operation("unlock"));
      return succeed(stack.up());
    };
    const updating = update();
    expect(await peakOf(updating)).toBe(MOST_CONTAINERS);
    expect(await updating).toMatch(/web: users get it from[^]*all services of release \w+ moved/);
    expect(await lost()).toEqual({ failed: 0, lines: [] });
    expect(await sets()).toEqual([after, after]);
    const { host } = stack;
    expect([await host.edge.readActiveColor(), await host.edge.readMoved()]).toEqual([after, []]);
    expect(await host.records.roll.read()).toBeNull();
  });

  it("takes back what has moved when a service after it is not ready", async () => {
    const before = await sets();
    configure(SLEEPS);
    const updating = stack.up();
    expect(await peakOf(updating)).toBe(MOST_CONTAINERS);
    const { output, exitCode } = await updating;
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/api: users get it from[^]*not ready within 3 s[^]*users are back on/);
    expect(await lost()).toEqual({ failed: 0, lines: [] });
    expect(await sets()).toEqual(before);
  });
});
