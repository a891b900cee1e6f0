import { COLORS, digestsOf } from "../../release/release";
import { deriveRelease } from "../support/derivedImages";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { builtImages, TestStack } from "../support/testStack";

jest.setTimeout(900_000);

const stack = new TestStack("itest-kill");
const SERVICES = ["maestro-gateway", "quality-fabric"];

/** Where the deployer dies: what it has just printed. */
const POINTS: [string, RegExp][] = [
  ["before the idle set is claimed", /claim (creating|updating)/],
  ["after the claim", /claim (created|updated)/],
  [
    "while the first container is replaced",
    /(blue|green)-quality-fabric-0 (creating|replacing|deleting)/,
  ],
  ["after the first container", /(blue|green)-quality-fabric-0 (created|replaced)/],
  ["before the gate has passed", /gate (creating|updating)/],
  ["after the gate", /gate (created|updated)/],
  ["between the switch and the end", /moved and asked in/],
];

let versions: Record<string, string>[];

function pick(release: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [service, release[service]!]));
}

function configure(release: Record<string, string>): void {
  const others = Object.keys(builtImages().release).filter((name) => !SERVICES.includes(name));
  const services = Object.fromEntries(others.map((name) => [name, { enabled: false }]));
  stack.configure({ release, services });
}

async function serving(): Promise<{ set: string; digests: Record<string, string> }> {
  const answers = await Promise.all(
    SERVICES.map(async (service) => {
      const answer = await fetch(`${stack.url}/${service}/version`);
      const { digest } = (await answer.json()) as { digest: string };
      return { service, set: answer.headers.get("x-maestro-set")!, digest };
    }),
  );
  expect(new Set(answers.map(({ set }) => set)).size).toBe(1);
  return {
    set: answers[0]!.set,
    digests: Object.fromEntries(answers.map(({ service, digest }) => [service, digest])),
  };
}

/** Nothing but what the sets hold: no container beside them, no operation pending, no file half written. */
async function expectNothingLeaked(): Promise<void> {
  const { resources, pendingOperations } = await stack.exported();
  expect(pendingOperations).toHaveLength(0);
  const inState = resources.filter(({ type }) => type === "docker:index/container:Container");
  const onHost = [...(await stack.containers()).values()];
  expect(onHost.map(({ id }) => id).sort()).toEqual(inState.map(({ id }) => id).sort());
  const placements = await Promise.all(
    COLORS.map((color) => stack.host.records.readPlacement(color)),
  );
  const held = placements.filter((placement) => placement?.proven);
  expect(onHost).toHaveLength(held.length * SERVICES.length + 1);
}

beforeAll(async () => {
  const built = pick(builtImages().release);
  versions = [built];
  for (const name of ["kill-1", "kill-2", "kill-3"])
    versions.push(await deriveRelease(built, name));
  await stack.create({ release: built });
  configure(built);
  const { exitCode, output } = await stack.up();
  if (exitCode !== 0) throw new Error(output);
});

afterAll(() => stack.remove());

describe.each(POINTS)("a deployer killed %s", (_where, point) => {
  it.each(["same", "previous", "third"] as const)(
    "loses nothing, and the next update of the %s release converges",
    async (follower) => {
      const before = await serving();
      // Neither what serves nor what waits: that one would only be switched to, without claim and gate.
      const placed = await Promise.all(
        COLORS.map((color) => stack.host.records.readPlacement(color)),
      );
      const held = placed.flatMap((placement) => placement?.record ?? []);
      const [release, third] = versions.filter(
        (version) => !held.some((record) => same(version, digestsOf(record))),
      ) as [Record<string, string>, Record<string, string>];
      const next = { same: release, previous: before.digests, third }[follower];
      const load = new OpenLoopLoad({
        baseUrl: stack.url,
        getPaths: SERVICES.map((service) => `/${service}/version`),
        postPaths: SERVICES.map((service) => `/${service}/echo`),
        requestsPerSecond: 100,
        connections: 16,
      });
      try {
        configure(release);
        await stack.upKilledAt(point);
        const afterKill = await serving();
        expect([before.digests, release]).toContainEqual(afterKill.digests);
        const untouched = await stack.containers(afterKill.set);

        const unlocked = await stack.operation("unlock");
        expect(unlocked).toMatchObject({ exitCode: 0 });
        configure(next);
        const result = await stack.up();
        expect(result.output).not.toMatch(/error:/);
        expect(result.exitCode).toBe(0);
        expect((await serving()).digests).toEqual(next);
        expect((await stack.outputs()).release.digests).toEqual(next);
        for (const [name, container] of untouched) {
          expect((await stack.containers(afterKill.set)).get(name)).toEqual(container);
        }
        expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
        await expectNothingLeaked();
      } finally {
        const { lost } = await load.stop();
        expect(lost.slice(0, 3)).toEqual([]);
      }
    },
  );
});

function same(one: Record<string, string>, other: Record<string, string>): boolean {
  return SERVICES.every((service) => one[service] === other[service]);
}
