import {
  describePeak,
  findRollProblems,
  isRolling,
  onlyService,
  peakMemory,
  startOrder,
} from "../../../release/rolling";
import { createRelease } from "../../../release/release";
import { modelRelease, serviceRelease } from "../../support/releases";

const sized = (sizes: Record<string, [megabytes: number, replicas: number]>) =>
  createRelease(
    Object.fromEntries(
      Object.entries(sizes).map(([name, [memoryMegabytes, replicas]]) => {
        const resources = { memoryMegabytes, cpus: "1", pids: 256 };
        return [name, serviceRelease({ name, overrides: { replicas, resources } })];
      }),
    ),
  );

describe("the memory of a roll", () => {
  it("is what serves and the largest service, all its replicas, at the worst moment", () => {
    const both = sized({ api: [100, 2], web: [300, 1] });
    expect(peakMemory(both, both)).toEqual({ now: 500, rolling: 800, blueGreen: 1_000 });
  });

  it("counts a service that grows, comes or goes by when it does", () => {
    const before = sized({ api: [100, 1], old: [50, 1] });
    const after = sized({ api: [400, 1], web: [300, 1] });
    // 150, 550 with both of api, 450 without the old one, 750 with web.
    expect(peakMemory(before, after)).toEqual({ now: 150, rolling: 750, blueGreen: 850 });
    expect(describePeak(peakMemory(before, after))).toBe(
      "rolling: one service after the other; containers may use 750 MB at once, beside 150 MB now and 850 MB with blue/green",
    );
  });
});

describe("the order of a roll", () => {
  it("has each service after those it depends on, whatever the names", () => {
    const { services } = modelRelease({ api: 1, jobs: 1, web: 1 });
    const api = { ...services["api"]!, dependsOn: ["web", "gone"] };
    expect(startOrder({ services: { ...services, api } })).toEqual(["web", "api", "jobs"]);
  });

  it("takes one service of a release, and leaves all else of it", () => {
    const release = modelRelease({ api: 1, web: 1 });
    const { id, services } = onlyService(release, "web");
    expect([id, Object.keys(services)]).toEqual([release.id, ["web"]]);
  });
});

describe("a roll", () => {
  const roll = { release: "a1", color: "green", since: "2026-01-01T00:00:00.000Z" } as const;

  it("is under way until the set that it goes to is the one that serves", () => {
    expect(isRolling(roll, "blue")).toBe(true);
    expect([isRolling(roll, "green"), isRolling(roll, null), isRolling(null, "blue")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("leaves every route where it is, except those of services that come or go", () => {
    const before = modelRelease({ api: 1, web: 1 });
    const moved = (route: object) => {
      const service = serviceRelease({ name: "web" });
      return createRelease({ web: { ...service, route: { ...service.route, ...route } } });
    };
    expect(findRollProblems(before, modelRelease({ api: 2, jobs: 1 }))).toEqual([]);
    expect(findRollProblems(before, moved({ maxBodyMegabytes: 1 }))).toEqual([]);
    expect(findRollProblems(before, moved({ path: "/" }))).toEqual([
      "services.web.route: cannot change from /web/ to / while services move one by one; release this with " +
        "maestro:rollout.strategy: blueGreen, or set it back",
    ]);
    expect(findRollProblems(before, moved({ host: "a.example" }))).toHaveLength(1);
  });
});
