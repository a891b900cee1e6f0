import type { Color } from "../../release/release";
import { expectedReplicas } from "../../rules/stepInput";
import type { HeldSet, TargetHands } from "../../targets/hands";

/** A stack on a target, for the suite to act on. It may be left changed; nothing else uses it meanwhile. */
export interface TargetUnderTest {
  readonly hands: TargetHands;
  /** The set that serves, as it is. */
  readonly serving: HeldSet;
  /** The other one, as it is: proven, and every part of it runs. */
  readonly waiting: HeldSet;
}

/**
 * What every target promises to the steps of an update, as tests. The stack must serve one release and have another
 * one proven on its idle set.
 *
 * @param open opens the target's hands again, as the next step's process does.
 */
export function describeTarget(name: string, open: () => Promise<TargetUnderTest>): void {
  describe(`a target: ${name}`, () => {
    let target: TargetUnderTest;
    beforeAll(async () => {
      // What it says while it waits is for operators.
      jest.spyOn(console, "log").mockImplementation(() => undefined);
      target = await open();
    });
    afterAll(() => target.hands.close());

    const other = (set: HeldSet): HeldSet => {
      const services = Object.entries(set.record.services).map(([service, settings]) => [
        service,
        { ...settings, digest: `sha256:${"0".repeat(64)}` },
      ]);
      const record = { ...set.record, services: Object.fromEntries(services) as never };
      return { ...set, record };
    };

    it("says which set serves, and that each set is what its record says", async () => {
      const { hands, serving, waiting } = target;
      expect(await hands.activeColor()).toBe(serving.color);
      expect(await hands.findUnfit(serving, 1)).toBeNull();
      expect(await hands.findUnfit(waiting, 1)).toBeNull();
    });

    it("calls a set incomplete that is not what a record says, and leaves it as it is", async () => {
      const { hands, waiting } = target;
      expect(await hands.findUnfit(other(waiting), 1)).toMatchObject({ kind: "incomplete" });
      expect(await hands.findUnfit(waiting, 1)).toBeNull();
    });

    it("asks users' services one way and those of the idle set the other way", async () => {
      const { hands, serving, waiting } = target;
      expect(await hands.ask(serving, "public")).toEqual([]);
      expect(await hands.ask(waiting, "preview")).toEqual([]);
      const services = Object.keys(waiting.record.services);
      expect(await hands.ask(waiting, "public")).toHaveLength(services.length);
    });

    it("shows each part of a set by itself, and tries the idle one as its users will", async () => {
      const { hands, serving, waiting } = target;
      for (const set of [serving, waiting]) {
        const parts = expectedReplicas(set.record);
        for (const part of parts) {
          const { answer, milliseconds } = await hands.askPart(set, part);
          expect(answer).toMatchObject({ status: 200 });
          expect(milliseconds).toBeGreaterThan(0);
          expect(Array.isArray(await hands.readLog(set, part, 5))).toBe(true);
        }
        expect(await hands.findEndings(set)).toEqual([]);
        const uses = await hands.measureMemory(set);
        expect(uses).toHaveLength(parts.length);
        for (const { bytes, limitBytes } of uses) {
          expect(bytes).toBeGreaterThan(0);
          expect(bytes).toBeLessThan(limitBytes);
        }
      }
      for (const [service, { route }] of Object.entries(waiting.record.services)) {
        const request = { method: "GET", path: route.path, headers: {}, body: null };
        const { status } = await hands.request(waiting, service, request);
        expect(status).toBeLessThan(500);
      }
      for (const [service, { route }] of Object.entries(serving.record.services)) {
        const bounds = { statusOnly: true };
        const request = { method: "GET", path: route.path, headers: {}, body: null, bounds };
        const { status } = await hands.request(serving, service, request, "public");
        expect(status).toBeLessThan(500);
      }
    });

    it("has again what it has already", async () => {
      const { hands, waiting } = target;
      await hands.fetch(waiting.record);
    });

    it("moves all users at once, again without effect, and back", async () => {
      const { hands, serving, waiting } = target;
      const moves: [HeldSet, HeldSet][] = [
        [waiting, serving],
        [waiting, serving],
        [serving, waiting],
      ];
      for (const [to, from] of moves) {
        await hands.move(to.color);
        expect(await hands.activeColor()).toBe(to.color);
        expect(await hands.ask(to, "public")).toEqual([]);
        expect(await hands.ask(from, "preview")).toEqual([]);
      }
    });

    it("knows which service has moved ahead of the others, until it comes back or all follow", async () => {
      const { hands, serving, waiting } = target;
      const [service = ""] = Object.keys(waiting.record.services);
      for (const end of [
        () => hands.moveService(service, serving.color),
        () => hands.move(serving.color),
      ]) {
        await hands.moveService(service, waiting.color);
        await hands.moveService(service, waiting.color);
        expect(await hands.movedServices()).toEqual([service]);
        expect(await hands.activeColor()).toBe(serving.color);
        await end();
        expect(await hands.movedServices()).toEqual([]);
      }
      expect(await hands.findIncomplete(waiting)).toBeNull();
      expect(await hands.findIncomplete(other(waiting))).toMatchObject({ kind: "incomplete" });
    });

    it("keeps records for whoever comes next", async () => {
      const { records } = target.hands;
      const { color, record } = target.waiting;
      const before = await records.readPlacement(color);
      await target.hands.prove(color, { number: 7, record });
      const next = await open();
      const proven = { number: 7, record, proven: true };
      expect(await next.hands.records.readPlacement(color)).toEqual(proven);
      await next.hands.records.disprove(color);
      expect(await records.readPlacement(color)).toEqual({ ...proven, proven: false });
      if (before) await records.writePlacement(color, before);
      next.hands.close();
    });

    it("stops a set that serves no more, twice, and starts it when it is wanted again", async () => {
      const { hands, waiting } = target;
      const asked = new Set<string>();
      const grace = (service: string) => {
        asked.add(service);
        return 1;
      };
      await hands.retire(waiting.color, grace);
      expect([...asked].sort()).toEqual(Object.keys(waiting.record.services).sort());
      await hands.retire(waiting.color, grace);
      expect(await hands.ask(waiting, "preview")).not.toEqual([]);
      expect(await hands.findUnfit(waiting)).toBeNull();
      expect(await hands.ask(waiting, "preview")).toEqual([]);
    });

    it("removes what is left in a set, twice, and leaves the set that serves alone", async () => {
      const { hands, serving, waiting } = target;
      const removed = await hands.clear(waiting);
      expect(removed.length).toBeGreaterThanOrEqual(Object.keys(waiting.record.services).length);
      expect(await hands.clear(waiting)).toEqual([]);
      expect(await hands.findUnfit(waiting, 1)).toMatchObject({ kind: "incomplete" });
      expect(await hands.findUnfit(serving, 1)).toBeNull();
      expect(await hands.ask(serving, "public")).toEqual([]);
    });

    it("settles what is left of releases that are gone, and fails nothing by it", async () => {
      await target.hands.settle();
      await target.hands.settle();
      expect(await target.hands.ask(target.serving, "public")).toEqual([]);
    });
  });
}

/** The set of a color, as the target's records have it. */
export async function heldSet({ records }: TargetHands, color: Color): Promise<HeldSet> {
  const placement = await records.readPlacement(color);
  if (!placement) throw new Error(`${color} holds nothing`);
  return { color, record: placement.record };
}
