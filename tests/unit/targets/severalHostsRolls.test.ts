import type { Color } from "../../../release/release";
import type { SwitchInput } from "../../../rules/stepInput";
import { HostError } from "../../../rules/host/asking";
import { HostsInMemory, RELEASES } from "../../support/hostsInMemory";
import type { ModelTarget } from "../../support/modelTarget";
import { hearSteps } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const { first, second } = RELEASES;
const ROLLING: Partial<SwitchInput> = { rolling: true, keepPrevious: "stopped" };
const ON_BLUE = ["blue", "blue", "blue"];
const ON_GREEN = ["green", "green", "green"];
let hosts: HostsInMemory;
let said: string[];

beforeEach(async () => {
  said = hearSteps();
  hosts = await HostsInMemory.serving(3);
  for (const host of hosts.all) {
    await host.retire("green", () => 0);
    host.peak = 0;
  }
});

const roll = (number: number) => hosts.switchTo("green", second, number, ROLLING);

/** What a host does instead of moving a service to a set. */
function insteadOf(host: ModelTarget, to: Color, move: (made: () => Promise<void>) => unknown) {
  const moveService = host.moveService.bind(host);
  host.moveService = async (service, color) => {
    const made = () => moveService(service, color);
    await (color === to ? move(made) : made());
  };
  return () => (host.moveService = moveService);
}

describe("a roll on three hosts", () => {
  it("moves services one by one on each of them, in no more memory than on one", async () => {
    expect(await roll(2)).toBe(0);
    expect(await hosts.colors()).toEqual(ON_GREEN);
    for (const host of hosts.all) {
      const moves = host.done.filter((what) => /^(move|retire) /.test(what));
      expect(moves.slice(-6)).toEqual([
        "move api green",
        "retire blue api",
        "move web green",
        "retire blue web",
        "move green",
        "retire blue",
      ]);
      expect(host.peak).toBe(3);
    }
  });

  it("takes a service back on all where one does not answer, and none is left behind", async () => {
    hosts.at(1).ailments.set(second.id, { service: "web", answers: { public: "status 500" } });
    expect(await roll(2)).toBe(1);
    expect(said.join("\n")).toContain("web: status 500 (host-2)");
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
    expect(hosts.servedBy("web")).toEqual(ON_BLUE);
    expect(await hosts.at(0).records.roll.read()).toBeNull();
  });

  it("goes back on those that are reached, and starts what the lost one needs with the next update", async () => {
    hosts.at(1).ailments.set(second.id, { service: "web", answers: { public: "status 500" } });
    const restore = insteadOf(hosts.at(2), "blue", () => {
      hosts.at(2).isLost = true;
    });
    expect(await roll(2)).toBe(1);
    expect(hosts.servedBy("web")).toEqual(["blue", "blue", "green"]);
    expect(said.join("\n")).toContain("host-3: cannot be reached");
    hosts.at(2).isLost = false;
    restore();
    await hosts.open();
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
    expect(hosts.servedBy("web")).toEqual(ON_BLUE);
  });

  it("ends where one host made the last move, since what was before has stopped", async () => {
    const lost = hosts.at(2);
    const move = lost.move.bind(lost);
    lost.move = async () => {
      await Promise.resolve();
      lost.isLost = true;
    };
    await expect(roll(2)).rejects.toThrow(HostError);
    expect(await hosts.colors()).toEqual(["green", "green", "blue"]);
    expect(hosts.servedBy("web")).toEqual(ON_GREEN);
    lost.isLost = false;
    lost.move = move;
    await hosts.open();
    expect(await hosts.colors()).toEqual(ON_GREEN);
    for (const { peak } of hosts.all) expect(peak).toBe(3);
  });
});

describe("a service's move that one host does not make", () => {
  it("is not begun on any while one cannot be asked", async () => {
    const hands = await hosts.open();
    hosts.at(2).isLost = true;
    await expect(hands.moveService("api", "green")).rejects.toThrow("host-3: cannot be reached");
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
    expect(hosts.moves).not.toContain("move api green");
  });

  it.each([
    ["was made there all the same", true],
    ["was not made there", false],
  ])("is taken back on the others; where it %s the next update sees to it", async (_, moves) => {
    const lost = hosts.at(1);
    const restore = insteadOf(lost, "green", async (made) => {
      lost.isLost = true;
      if (moves) await made();
    });
    await expect(roll(2)).rejects.toThrow(HostError);
    expect(hosts.servedBy("api")).toEqual(["blue", moves ? "green" : "blue", "blue"]);
    expect(await hosts.at(0).records.readRejection(second.id)).toBeNull();
    lost.isLost = false;
    restore();
    expect(await (await hosts.open()).movedServices()).toEqual([]);
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
    expect(await roll(2)).toBe(0);
    expect(await hosts.colors()).toEqual(ON_GREEN);
  });

  it("is taken back on all where one has no room for it", async () => {
    insteadOf(hosts.at(1), "green", async (made) => {
      await made();
      throw new Error("ENOSPC: no space left on device");
    });
    await expect(roll(2)).rejects.toThrow("host-2: ENOSPC");
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
  });

  it("is made on the others where it is the way back", async () => {
    hosts.at(0).ailments.set(second.id, { service: "web", answers: { public: "status 500" } });
    const restore = insteadOf(hosts.at(1), "blue", () => {
      throw new Error("ENOSPC: no space left on device");
    });
    await expect(roll(2)).rejects.toThrow("host-2: ENOSPC");
    expect(hosts.servedBy("web")).toEqual(["blue", "green", "blue"]);
    restore();
    await hosts.open();
    expect(hosts.servedBy("web")).toEqual(ON_BLUE);
    expect(hosts.servedBy("api")).toEqual(ON_GREEN);
  });

  it("is refused, before any moves, where a host serves nothing yet", async () => {
    hosts = new HostsInMemory(2);
    await hosts.prove("blue", first, 1);
    await hosts.at(0).move("blue");
    hosts.at(1).parts.blue.clear();
    const hands = await hosts.open();
    await expect(hands.moveService("api", "green")).rejects.toThrow(
      "host-2: serves nothing yet, so api cannot move there alone",
    );
    expect(hosts.servedBy("api")).toEqual(["blue", null]);
  });
});

describe("hosts that a killed deployer has left apart in a roll", () => {
  it("give users the service as they give them all others", async () => {
    for (const host of hosts.all) host.place({ color: "green", record: second }, "api");
    await hosts.at(0).moveService("api", "green");
    await hosts.at(2).moveService("api", "green");
    await hosts.open();
    expect(hosts.servedBy("api")).toEqual(ON_BLUE);
    expect(said).toContain(
      "host-3: users get api from blue again; somebody had left its move unfinished",
    );
  });

  it("are not touched where the service has moved on all", async () => {
    for (const host of hosts.all) {
      host.place({ color: "green", record: second }, "api");
      await host.moveService("api", "green");
    }
    await hosts.open();
    expect(hosts.servedBy("api")).toEqual(ON_GREEN);
  });

  it("stay as they are where the service cannot come back, and the message names the host", async () => {
    hosts.at(2).place({ color: "green", record: second }, "api");
    await hosts.at(2).moveService("api", "green");
    hosts.at(2).ailments.set(first.id, { unfit: "api died" });
    await expect(hosts.open()).rejects.toThrow(
      "api has moved on some hosts alone, and blue cannot serve it there again:\nhost-3: api died\n" +
        "mend that set there, then run the update again",
    );
    expect(hosts.servedBy("api")).toEqual(["blue", "blue", "green"]);
  });
});
