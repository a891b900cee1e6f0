import type { Color, ReleaseRecord } from "../../../release/release";
import { planRollout, type ObservedState } from "../../../release/rolloutPlan";
import { isRolling } from "../../../release/rolling";
import type { SwitchInput } from "../../../rules/stepInput";
import { claimSet } from "../../../steps/claimSet";
import { healthGate } from "../../../steps/healthGate";
import { switchTraffic } from "../../../steps/switchTraffic";
import { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { claimInput, gateInput, hearSteps, serve, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const first = placedRelease(modelRelease({ api: 1, jobs: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, jobs: 2, web: 2 }));
const KILLED = new Error("the deployer is dead");
const ROLLING: Partial<SwitchInput> = { rolling: true, keepPrevious: "stopped" };
let target: MemoryTarget;
let said: string[];
/** Changes that are still made before the deployer dies. */
let left = Infinity;

beforeEach(async () => {
  said = hearSteps();
  left = Infinity;
  target = mortalTarget();
  await serve(target, "blue", first, 1);
  target.done.length = 0;
  target.peak = 0;
});

const mortalTarget = () =>
  new MemoryTarget(() => {
    if (left <= 0) throw KILLED;
    left -= 1;
  });

/** Places a release without starting it, as an update does. */
async function place(color: Color, record: ReleaseRecord, number = 1): Promise<void> {
  await claimSet(target, { ...claimInput(color, record, number), rolling: true });
  for (const service of Object.keys(record.services))
    target.place({ color, record }, service, false);
  const gate = { ...gateInput(color, record.id, number), rolling: true as const };
  expect(await healthGate(target, gate)).toBe(0);
}

const rollTo = (color: Color, record: ReleaseRecord, number: number, more: object = {}) =>
  switchTraffic(target, switchInput(color, record.id, number, { ...ROLLING, ...more }));

const moves = () => target.done.filter((what) => /^(move|retire)/.test(what));
const kinds = async () => (await target.records.events.list()).map(({ kind }) => kind);

/** What users get of each service, and that it runs. */
function served(): string[] {
  return ["api", "jobs", "web"].map((service) => {
    const color = target.servedBy(service)!;
    const part = target.parts[color].get(service);
    expect(part?.running).toBe(true);
    return color;
  });
}

async function observe(): Promise<ObservedState> {
  const { records } = target;
  const activeColor = await target.activeColor();
  const roll = await records.roll.read();
  return {
    activeColor,
    switchNumber: (await records.readSwitch())?.number ?? 0,
    placements: {
      blue: await records.readPlacement("blue"),
      green: await records.readPlacement("green"),
    },
    ...(isRolling(roll, activeColor) && {
      roll: { ...roll, moved: await target.movedServices() },
    }),
  };
}

describe("services that move one by one", () => {
  it("are started, moved and stopped in turn, with one more at most than a set has", async () => {
    await place("green", second);
    expect(target.peak).toBe(3);
    expect(await kinds()).toEqual(["claimed", "proven", "moved", "claimed"]);
    expect(await rollTo("green", second, 2)).toBe(0);
    const turns = ["api", "jobs", "web"].flatMap((service) => [
      `move ${service} green`,
      `retire blue ${service}`,
    ]);
    expect(moves()).toEqual([...turns, "move green", "retire blue"]);
    expect(target.peak).toBe(4);
    expect(served()).toEqual(["green", "green", "green"]);
    expect(await target.records.roll.read()).toBeNull();
    const moved = "service moved";
    expect((await kinds()).slice(4)).toEqual([moved, moved, moved, "proven", "moved", "retired"]);
  });

  it("go after those that they depend on", async () => {
    const { services } = second;
    const api = { ...services["api"]!, dependsOn: ["web"] };
    const record = { ...second, services: { ...services, api } };
    await place("green", record);
    expect(await rollTo("green", record, 2)).toBe(0);
    const order = moves().flatMap((what) => /^move (\w+) green$/.exec(what)?.[1] ?? []);
    expect(order).toEqual(["web", "api", "jobs"]);
  });

  it("are taken back, the last one first, when one of them is not ready", async () => {
    await place("green", second);
    target.ailments.set(second.id, { unfit: "jobs died", service: "jobs" });
    expect(await rollTo("green", second, 2)).toBe(1);
    expect(moves()).toEqual([
      ...["move api green", "retire blue api"],
      // What nobody uses goes before the old one is started again.
      "retire green jobs web",
      ...["move api blue", "retire green api", "move blue", "retire green"],
    ]);
    expect(target.peak).toBe(4);
    expect(served()).toEqual(["blue", "blue", "blue"]);
    expect(await target.records.readRejection(second.id)).not.toBeNull();
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: false });
    expect((await kinds()).slice(4)).toEqual(["service moved", "rejected", "went back"]);
    expect(said.join("\n")).toContain("users are back on blue");
  });

  it("are taken back when one of them does not answer its users", async () => {
    await place("green", second);
    target.ailments.set(second.id, { answers: { public: "status 500" }, service: "web" });
    expect([await rollTo("green", second, 2), target.peak]).toEqual([1, 4]);
    expect(served()).toEqual(["blue", "blue", "blue"]);
  });

  it("are taken back without blame where a container is not what the record says", async () => {
    await place("green", second);
    target.parts.green.delete("web");
    expect(await rollTo("green", second, 2)).toBe(1);
    expect(served()).toEqual(["blue", "blue", "blue"]);
    expect(await target.records.readRejection(second.id)).toBeNull();
    expect(await target.records.readPlacement("green")).toMatchObject({ proven: false });
  });

  it("stay where they are when the old one cannot come back either", async () => {
    await place("green", second);
    target.ailments.set(second.id, { unfit: "web died", service: "web" });
    target.ailments.set(first.id, { unfit: "api died", service: "api" });
    expect(await rollTo("green", second, 2)).toBe(1);
    expect((await kinds()).at(-1)).toBe("no healthy set");
    // `jobs` is back already.
    expect(served()).toEqual(["green", "blue", "blue"]);
    expect((await observe()).roll).toMatchObject({ release: second.id, moved: ["api"] });
  });

  it("come back one by one when the release is found to be bad after the last one", async () => {
    await place("green", second);
    target.ask = async function (set, way, services) {
      const wrongs = await MemoryTarget.prototype.ask.call(this, set, way, services);
      const isWhole = services === undefined && way === "public" && set.color === "green";
      return isWhole ? ["web: status 500"] : wrongs;
    };
    expect(await rollTo("green", second, 2)).toBe(1);
    expect(served()).toEqual(["blue", "blue", "blue"]);
    expect(target.peak).toBe(4);
    expect((await kinds()).at(-1)).toBe("went back");
  });

  it("come back when the update is cancelled", async () => {
    await place("green", second);
    target.moveService = async function (service, color) {
      await MemoryTarget.prototype.moveService.call(this, service, color);
      if (service === "jobs" && color === "green") process.emit("SIGTERM");
    };
    expect(await rollTo("green", second, 2)).toBe(1);
    expect(moves()).not.toContain("move web green");
    // It still had something to finish.
    expect(moves()).not.toContain("retire blue jobs");
    expect(served()).toEqual(["blue", "blue", "blue"]);
    expect(await target.records.roll.read()).toBeNull();
  });

  it("move back to the release before the same way, from containers that were stopped", async () => {
    await place("green", second);
    expect(await rollTo("green", second, 2)).toBe(0);
    target.peak = 0;
    const plan = planRollout(null, await observe(), first);
    expect([plan.action, plan.activeColor]).toEqual(["switch", "blue"]);
    expect(await rollTo("blue", first, plan.switchNumber)).toBe(0);
    expect(served()).toEqual(["blue", "blue", "blue"]);
    expect(target.peak).toBe(4);
  });
});

describe("a roll that is killed at any change", () => {
  const asks: [string, ReleaseRecord][] = [
    ["the same release", second],
    ["the release before", first],
  ];

  it.each(asks)("goes on, or back, by what an update for %s does next", async (_, wanted) => {
    for (let steps = 0; steps < 100; steps += 1) {
      left = Infinity;
      target = mortalTarget();
      await serve(target, "blue", first, 1);
      await place("green", second);
      target.peak = 0;
      left = steps;
      const wasKilled = await rollTo("green", second, 2).then(
        () => left <= 0,
        (error: unknown) => error === KILLED,
      );
      left = Infinity;
      served();
      const plan = planRollout(null, await observe(), wanted);
      if (plan.action !== "none") {
        expect(plan.action).toBe("switch");
        expect(await rollTo(plan.activeColor, wanted, plan.switchNumber)).toBe(0);
      }
      const color = plan.activeColor;
      expect(served()).toEqual([color, color, color]);
      expect(await target.activeColor()).toBe(color);
      expect(target.parts[color].get("web")!.spec).toContain(wanted.services["web"]!.digest);
      expect(target.peak).toBeLessThanOrEqual(4);
      expect(planRollout(null, await observe(), wanted).action).toBe("none");
      if (!wasKilled) return;
    }
    throw new Error("a roll makes more changes than that");
  });

  it("takes no third release, and no restart, before it has come to its end", async () => {
    await place("green", second);
    left = 3;
    await rollTo("green", second, 2).catch((error: unknown) => expect(error).toBe(KILLED));
    left = Infinity;
    const observed = await observe();
    expect(observed.roll).toMatchObject({ release: second.id, color: "green", moved: ["api"] });
    const third = modelRelease({ api: 3, jobs: 2, web: 2 });
    expect(() => planRollout(null, observed, third)).toThrow(
      `release ${second.id} is being rolled out to green: moved are api; all other services are got from blue, so no set ` +
        `is free for release ${third.id}`,
    );
    const restart = { after: observed.switchNumber, services: [] };
    expect(() => planRollout(null, observed, first, restart)).toThrow(
      "no set is free for a restart",
    );
    await expect(claimSet(target, claimInput("green", placedRelease(third), 9))).rejects.toThrow(
      "serves users",
    );
  });
});
