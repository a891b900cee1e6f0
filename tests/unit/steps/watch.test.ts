import type { StackEvent } from "../../../records/event";
import type { UserRequest } from "../../../release/trafficTally";
import type { SwitchInput } from "../../../rules/stepInput";
import { switchTraffic } from "../../../steps/switchTraffic";
import type { MemoryTarget } from "../../support/memoryTarget";
import { modelRelease, placedRelease } from "../../support/releases";
import { blueAndGreen, hearSteps, prove, switchInput } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const first = placedRelease(modelRelease({ api: 1, web: 1 }));
const second = placedRelease(modelRelease({ api: 2, web: 1 }));
let target: MemoryTarget;
let said: string[];

beforeEach(async () => {
  said = hearSteps();
  target = await blueAndGreen(first, second);
  const last = await target.records.readSwitch();
  await target.records.writeSwitch({ ...last!, at: "2026-01-01T00:00:00.000Z" });
});

const toGreen = (rollout: Partial<SwitchInput> = {}) =>
  switchTraffic(target, switchInput("green", second.id, 2, { bakeSeconds: 1, ...rollout }));

/** Requests to both services in the minute before, of which a share is bad. */
function past(count: number, bad = 0): void {
  const now = Date.now() / 1000;
  for (let index = 0; index < count; index += 1) {
    target.requests.push(requestAt(now - 60 + (60 * index) / count, index, index < bad, "blue"));
  }
}

function requestAt(at: number, index: number, bad: boolean, color: "blue" | "green"): UserRequest {
  const service = index % 2 ? "api" : "web";
  return { at, color, service, client: `c${index}`, bad, seconds: 0.01, path: `GET /${service}/` };
}

/** Users of the new set, from the moment it serves. */
async function ask(count: number, isBad: (index: number) => boolean): Promise<void> {
  while ((await target.activeColor()) !== "green") await new Promise(setImmediate);
  for (let index = 0; index < count; index += 1) {
    target.tell?.(requestAt(Date.now() / 1000, index, isBad(index), "green"));
  }
}

async function lastEvent(): Promise<StackEvent | undefined> {
  return (await target.records.events.list()).at(-1);
}

describe("a watch", () => {
  it("takes users back before its time is over, and says what they got, of which service", async () => {
    past(2000);
    const bakeSeconds = 30;
    const moved = toGreen({ bakeSeconds });
    const start = performance.now();
    await ask(200, (index) => index % 2 === 1 && index % 3 === 0);
    expect(await moved).toBe(1);
    expect(performance.now() - start).toBeLessThan(bakeSeconds * 1000);
    expect(await target.activeColor()).toBe("blue");
    const { reason } = (await target.records.readRejection(second.id))!;
    expect(reason).toMatch(
      /^api: 33 of 100 requests \(33 %\) failed; at most 0\.\d\d % is accepted, 0\.00 % did before; evidence \d+\.\d of \d\.\d needed; most of them: GET \/api\/ \(33\)$/,
    );
    expect(target.tell).toBeNull();
  });

  it("keeps a release that is as bad as the one before, within what is always accepted", async () => {
    past(2000, 20);
    const moved = toGreen();
    await ask(200, (index) => index < 2);
    expect(await moved).toBe(0);
    expect(await target.activeColor()).toBe("green");
    expect(await lastEvent()).toMatchObject({ kind: "watched", release: second.id });
    expect(await target.records.readTraffic(second.id)).toMatchObject({
      "*": { requests: 200, bad: 2 },
      api: { requests: 100, bad: 1 },
    });
  });

  it("compares with nothing that its set served before another one did, whatever the records' clock", async () => {
    const now = Date.now() / 1000;
    const served = (color: "blue" | "green", ago: number, isBad: (index: number) => boolean) => {
      for (let index = 0; index < 1000; index += 1) {
        target.requests.push(requestAt(now - ago + index / 20, index, isBad(index), color));
      }
    };
    served("blue", 400, (index) => index % 2 === 0 && index > 800);
    served("green", 300, () => false);
    served("blue", 200, () => false);
    const moved = toGreen({ bakeSeconds: 30 });
    await ask(200, (index) => index % 10 === 0);
    expect(await moved).toBe(1);
  });

  it("compares with what is on record, where the time before tells too little", async () => {
    past(2000, 20);
    const moved = toGreen();
    await ask(1200, (index) => index < 12);
    expect(await moved).toBe(0);
    target.requests.length = 0;
    const third = placedRelease(modelRelease({ api: 3, web: 1 }));
    await prove(target, "blue", third, 2);
    const input = switchInput("blue", third.id, 3, { bakeSeconds: 30 });
    const back = switchTraffic(target, input);
    while ((await target.activeColor()) !== "blue") await new Promise(setImmediate);
    for (let index = 0; index < 400; index += 1) {
      target.tell?.(requestAt(Date.now() / 1000, index, index % 10 === 0, "blue"));
    }
    expect(await back).toBe(1);
    expect((await target.records.readRejection(third.id))?.reason).toMatch(/1\.0 % did before/);
  });

  it("never passes what it could not read", async () => {
    past(2000);
    target.missingTraffic = "the edge's log ended while it was read (the edge stopped)";
    const moved = toGreen();
    await ask(2000, () => false);
    expect(await moved).toBe(0);
    expect((await lastEvent())?.reason).toMatch(
      /^error: not all could be read .*the edge's log ended/,
    );
  });

  it("by a Prometheus that is down passes nothing, and does not take the target's word for it", async () => {
    past(2000);
    const prometheus = { url: "http://127.0.0.1:1", stack: "demo" };
    expect(await toGreen({ watch: { prometheus, all: {}, services: {} } })).toBe(0);
    expect(target.tell).toBeNull();
    expect((await lastEvent())?.reason).toMatch(/^error: .*127\.0\.0\.1:1 cannot be asked/);
  });

  it("goes on where it cannot tell and must, and ends as soon as it can", async () => {
    past(2000);
    // Latency counts only after the first seconds.
    const all = { latency: { dryRun: true } };
    const watch = { onInconclusive: "extend" as const, all, services: {} };
    const moved = toGreen({ watch });
    while (!said.join().includes("the watch goes on")) await new Promise(setImmediate);
    await ask(2000, () => false);
    expect(await moved).toBe(0);
    expect(said.join("\n")).toMatch(/so nothing is known of it; the watch goes on/);
    expect((await lastEvent())?.reason).toMatch(/^pass: 2000 requests/);
  });

  it("goes back where it cannot tell and the stack wants to know", async () => {
    past(2000);
    const watch = { onInconclusive: "back" as const, all: {}, services: {} };
    expect(await toGreen({ watch })).toBe(1);
    expect(await target.activeColor()).toBe("blue");
  });

  it("measures what is not judged, and sends nothing back for it", async () => {
    past(2000);
    const errors = { dryRun: true };
    const moved = toGreen({ watch: { all: { errors }, services: {} } });
    await ask(200, (index) => index % 2 === 0);
    expect(await moved).toBe(0);
    expect((await lastEvent())?.reason).toMatch(/200 requests, 50 % failed/);
  });

  it("stays where the set before is in no better state, and says so", async () => {
    past(2000);
    const moved = toGreen({ bakeSeconds: 30 });
    await ask(200, () => true);
    target.parts.blue.clear();
    expect(await moved).toBe(1);
    expect(await target.activeColor()).toBe("green");
    expect(said.join("\n")).toContain("blue is not fit to serve either");
    expect(await lastEvent()).toMatchObject({ kind: "no healthy set", release: second.id });
    // The next update makes that set anew.
    expect(await target.records.readPlacement("blue")).toMatchObject({ proven: false });
  });

  it("of a release that has served before judges nothing", async () => {
    expect(await toGreen({ bakeSeconds: 0 })).toBe(0);
    const back = switchTraffic(target, switchInput("blue", first.id, 3, { bakeSeconds: 1 }));
    expect(await back).toBe(0);
    expect(target.tell).toBeNull();
    expect(await lastEvent()).toMatchObject({ kind: "moved", release: first.id });
  });

  it("that an update did not end goes on in the next one, which can go back", async () => {
    past(2000);
    expect(await toGreen({ bakeSeconds: 0 })).toBe(0);
    // As it stands while the watch has not ended; older versions left `settled` out.
    const last = await target.records.readSwitch();
    await target.records.writeSwitch({ ...last!, settled: false });
    const now = Date.now() / 1000;
    for (let index = 0; index < 200; index += 1) {
      target.requests.push(requestAt(now, index, index % 2 === 0, "green"));
    }
    expect(await toGreen({ bakeSeconds: 30 })).toBe(1);
    expect(await target.activeColor()).toBe("blue");
    expect(await lastEvent()).toMatchObject({ kind: "went back", release: first.id });
  });

  it("that is over is not begun again", async () => {
    expect(await toGreen({ bakeSeconds: 0 })).toBe(0);
    const last = await target.records.readSwitch();
    await target.records.writeSwitch({ ...last!, at: "2026-01-01T00:00:00.000Z" });
    const start = performance.now();
    expect(await toGreen({ bakeSeconds: 30 })).toBe(0);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("is not begun for what has come back: it was not moved to for a try", async () => {
    const cancelled = toGreen({ bakeSeconds: 60 });
    while ((await lastEvent())?.kind !== "moved") await new Promise(setImmediate);
    process.emit("SIGTERM");
    expect(await cancelled).toBe(1);
    // The release that has come back fails by now, and the cancelled one waits, proven.
    target.ailments.set(first.id, { answers: { public: "status 500" } });
    const again = switchInput("blue", first.id, 3, { bakeSeconds: 60 });
    expect(await switchTraffic(target, again)).toBe(1);
    expect(await target.activeColor()).toBe("blue");
  });
});
