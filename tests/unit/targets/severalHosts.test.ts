import { SeveralHostsHands } from "../../../targets/severalHosts/hands";
import { HostsInMemory, RELEASES } from "../../support/hostsInMemory";
import { ModelTarget } from "../../support/modelTarget";
import { hearSteps } from "../../support/steps";
import { describeTarget, heldSet } from "../../support/targetConformance";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const { second, third } = RELEASES;
let hosts: HostsInMemory;
let said: string[];

beforeEach(() => {
  said = hearSteps();
});

describe.each([1, 2, 3])("%d hosts", (count) => {
  describeTarget("several hosts in memory", async () => {
    hearSteps();
    if (!hosts || hosts.all.length !== count) hosts = await HostsInMemory.serving(count);
    const named = hosts.all.map((hands, index) => ({ name: `host-${index + 1}`, hands }));
    const hands = await SeveralHostsHands.open(named);
    return {
      hands,
      serving: await heldSet(hands, "blue"),
      waiting: await heldSet(hands, "green"),
    };
  });
});

describe("a release on three hosts", () => {
  beforeEach(async () => {
    hosts = await HostsInMemory.serving(3);
  });

  it("is on record on each of them, and what has happened on the first alone", async () => {
    for (const host of hosts.all) {
      expect(await host.records.readPlacement("green")).toMatchObject({ proven: true });
      expect(await host.records.readSwitch()).toMatchObject({ number: 1, color: "blue" });
    }
    const events = await Promise.all(hosts.all.map((host) => host.records.events.list()));
    expect(events.map(({ length }) => length > 0)).toEqual([true, false, false]);
  });

  it("is not switched to while it is proven on two of them only, and is rejected", async () => {
    await hosts.claim("green", third, 2);
    for (const host of hosts.all) host.placeAll({ color: "green", record: third });
    hosts.at(2).ailments.set(third.id, { unfit: "web died" });
    expect(await hosts.gate("green", third, 2)).toBe(1);
    expect(said.join("\n")).toContain("host-3: web died");
    for (const host of hosts.all) {
      expect(await host.records.readPlacement("green")).toMatchObject({ proven: false });
    }
    expect(await hosts.at(0).records.readRejection(third.id)).not.toBeNull();
    await expect(hosts.switchTo("green", third, 2)).rejects.toThrow(
      "does not hold a proven release",
    );
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
  });

  it("is rejected by no host that does not hold it", async () => {
    await hosts.claim("green", third, 2);
    for (const host of hosts.all.slice(0, 2)) host.placeAll({ color: "green", record: third });
    hosts.at(0).ailments.set(third.id, { unfit: "web died" });
    expect(await hosts.gate("green", third, 2)).toBe(1);
    expect(await hosts.at(0).records.readRejection(third.id)).toBeNull();
  });

  it("names all that cannot be had, on which host, and takes no set", async () => {
    for (const host of hosts.all.slice(1)) host.missing.add(third.id);
    const claim = hosts.claim("green", third, 2);
    const says = (name: string) => `${name}: release ${third.id} cannot be had`;
    await expect(claim).rejects.toThrow(`${says("host-2")}\n${says("host-3")}`);
    expect(await hosts.at(0).records.readPlacement("green")).toMatchObject({ proven: true });
  });

  it("goes back on all of them where it fails on one", async () => {
    hosts.at(1).ailments.set(second.id, { answers: { public: "status 500" } });
    expect(await hosts.switchTo("green", second, 2)).toBe(1);
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
    expect((await hosts.at(0).records.readRejection(second.id))?.reason).toContain(
      "api: status 500 (host-2)",
    );
  });

  it("goes back on those that are reached, and on the lost one with the next update", async () => {
    hosts.at(1).ailments.set(second.id, { answers: { public: "status 500" } });
    const ask = hosts.at(2).ask.bind(hosts.at(2));
    hosts.at(2).ask = (set, way) => {
      hosts.at(2).isLost = way === "public";
      return ask(set, way);
    };
    expect(await hosts.switchTo("green", second, 2)).toBe(1);
    expect(await hosts.colors()).toEqual(["blue", "blue", "green"]);
    expect(said.join("\n")).toContain("host-3: cannot be reached");
    hosts.at(2).isLost = false;
    await hosts.claim("green", third, 2);
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
  });
});

describe("several hosts", () => {
  it("have names that differ", async () => {
    const hands = new ModelTarget();
    const hosts = [
      { name: "one", hands },
      { name: "one", hands },
    ];
    await expect(SeveralHostsHands.open(hosts)).rejects.toThrow("hosts: names must differ");
  });

  it("tell users' requests by the clock of the first one", async () => {
    hosts = await HostsInMemory.serving(2);
    const late = hosts.at(1);
    const follow = late.followTraffic.bind(late);
    late.followTraffic = async (past, tell) => {
      const feed = await follow(past, tell);
      return { ...feed, now: () => feed.now() - 3_600 };
    };
    const at = Date.now() / 1000;
    const request = {
      color: "blue",
      service: "api",
      client: "c",
      path: "GET /",
      bad: false,
    } as const;
    hosts.at(0).requests.push({ ...request, at, seconds: null });
    late.requests.push({ ...request, at: at - 3_600, seconds: null });
    late.missingTraffic = "the edge stopped";
    const told: number[] = [];
    const hands = await hosts.open();
    const feed = await hands.followTraffic(60, ({ at: when }) => void told.push(when));
    late.tell!({ ...request, at: at - 3_600, seconds: null });
    expect(told.map((when) => Math.round(when - at))).toEqual([0, 0, 0]);
    expect(feed.missing()).toBe("host-2: the edge stopped");
    feed.close();
    expect(late.tell).toBeNull();
  });

  it("are as ready as the least ready one, and use what the fullest one does", async () => {
    hosts = await HostsInMemory.serving(2);
    hosts.at(1).ailments.set(second.id, {
      ready: [{ status: 503, headers: {}, body: "" }],
      milliseconds: 40,
      memory: 900,
      ending: "was killed",
      log: ["out of memory"],
    });
    const hands = await hosts.open();
    const set = { color: "green", record: second } as const;
    const part = { service: "api", replica: 0 };
    expect(await hands.askPart(set, part)).toMatchObject({
      answer: { status: 503 },
      milliseconds: 40,
    });
    const uses = await hands.measureMemory(set);
    expect(uses.map(({ bytes }) => bytes)).toEqual([900, 900]);
    expect(await hands.findEndings(set)).toEqual([
      { part: expect.objectContaining(part) as unknown, says: "host-2: was killed" },
    ]);
    expect(await hands.readLog(set, part, 5)).toEqual(["host-2: out of memory"]);
  });
});
