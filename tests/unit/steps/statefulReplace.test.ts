import { StackRecords } from "../../../records/stackRecords";
import type { StatefulPlan } from "../../../rules/stateful/statefulPlan";
import { finish, replace, takeBack, type AppliedRecord } from "../../../steps/stateful/replace";
import type { StatefulTask } from "../../../steps/stateful/task";
import { MemoryRecords } from "../../support/memoryRecords";

const KILLED = new Error("the deployer is dead");

/** What the engine has: containers by name with their volume, and volumes. */
const engine = {
  containers: new Map<string, { volume: string; isJoined: boolean }>(),
  volumes: new Set<string>(),
  dies: false,
};

jest.mock("../../../host/images", () => ({ ensureImages: () => Promise.resolve() }));
jest.mock("../../../host/restartPolicy", () => ({
  stopForGood: () => Promise.resolve(),
  startAgain: () => Promise.resolve(),
}));
jest.mock("../../../host/statefulHealth", () => ({
  withHealth: (_place: unknown, _id: string, _plan: unknown, use: (ask: unknown) => unknown) =>
    use(() => Promise.resolve(null)),
}));
jest.mock("../../../targets/dockerHost/parts", () => ({
  causeOfDeath: () => Promise.resolve(null),
}));
jest.mock("../../../host/statefulVolumes", () => ({
  copyVolume: (_task: unknown, _image: string, _from: string, to: string) =>
    Promise.resolve(void engine.volumes.add(to)),
  ownVolume: () => Promise.resolve(),
}));
jest.mock("../../../host/statefulContainers", () => ({
  ifThere: (answer: Promise<unknown>) => answer,
  findStateful: () => {
    const { hashOf } = jest.requireActual<typeof import("../../../rules/stateful/statefulPlan")>(
      "../../../rules/stateful/statefulPlan",
    );
    const [current, before] = ["shop-cache", "shop-cache-before"].map((id) => {
      const found = engine.containers.get(id);
      const plan = { image: found?.volume === "shop-cache" ? "old" : "new" } as StatefulPlan;
      return found ? { id, isRunning: true, hash: hashOf(plan, found.volume), ...found } : null;
    });
    return Promise.resolve({ current, before });
  },
  createStateful: (_task: unknown, _plan: unknown, volume: string) => {
    engine.containers.set("shop-cache", { volume, isJoined: false });
    return Promise.resolve({ start: () => Promise.resolve() });
  },
  joinStateful: (_task: unknown, { id }: { id: string }) => {
    engine.containers.get(id)!.isJoined = true;
    if (engine.dies) throw KILLED;
    return Promise.resolve();
  },
  takeStateful: (_engine: unknown, id: string) => {
    engine.containers.delete(id);
    return Promise.resolve();
  },
}));

const plan = (image: string) => ({ image, health: {}, stopGraceSeconds: 1 }) as StatefulPlan;

function task(): StatefulTask {
  const docker = {
    getVolume: (name: string) => ({
      remove: () => Promise.resolve(void engine.volumes.delete(name)),
    }),
    getContainer: (id: string) => ({
      rename: ({ name }: { name: string }) => {
        engine.containers.set(name, engine.containers.get(id)!);
        engine.containers.delete(id);
        return Promise.resolve();
      },
    }),
  };
  const directory = { records: new StackRecords(new MemoryRecords()) };
  const place = { engine: docker, prefix: "shop", service: "cache", directory };
  return { ...place, deliver: () => Promise.resolve() } as unknown as StatefulTask;
}

beforeEach(() => {
  jest.spyOn(console, "log").mockImplementation();
  engine.containers.clear();
  engine.containers.set("shop-cache", { volume: "shop-cache", isJoined: true });
  engine.volumes.clear();
  engine.volumes.add("shop-cache");
  engine.dies = false;
});

const before: AppliedRecord = { number: 1, applied: plan("old"), volume: "shop-cache" };

describe("a stateful service that runs on a copy of its data", () => {
  it("has the copy on record, and the container of before gone, once services find it", async () => {
    const its = task();
    await finish(its, await replace(its, before, plan("new")));
    expect(await its.directory.records.stateful.read("cache")).toMatchObject({
      applied: { image: "new" },
      volume: "shop-cache-2",
    });
    expect([...engine.containers]).toEqual([
      ["shop-cache", { volume: "shop-cache-2", isJoined: true }],
    ]);
  });

  it("keeps the copy when the deployer dies just as services find it, since they write to it", async () => {
    const its = task();
    engine.dies = true;
    const update = async () => finish(its, await replace(its, before, plan("new")));
    await expect(update()).rejects.toThrow(KILLED);
    engine.dies = false;
    const { stateful } = its.directory.records;
    await takeBack(its, (await stateful.read("cache")) as AppliedRecord);
    expect(engine.volumes).toContain("shop-cache-2");
    expect(engine.containers.get("shop-cache")).toMatchObject({ volume: "shop-cache-2" });
  });
});
