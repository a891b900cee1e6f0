import { HostError } from "../../../rules/host/asking";
import type { Color } from "../../../release/release";
import { HostsInMemory, RELEASES } from "../../support/hostsInMemory";
import { ModelTarget } from "../../support/modelTarget";
import { hearSteps } from "../../support/steps";

jest.mock("../../../config/changeOrigin", () => ({
  changeOrigin: () => ({ at: "2026-01-01T00:00:00.000Z", by: "tester", commit: null }),
}));

const { first, second } = RELEASES;
let hosts: HostsInMemory;

/** A host that is lost right when it is asked to move, having done it or not. */
function loseAtMove(host: ModelTarget, moves: boolean): void {
  const move = host.move.bind(host);
  host.move = async (color, aside) => {
    host.isLost = true;
    if (moves) await move(color, aside);
  };
}

beforeEach(() => {
  hearSteps();
});

describe("a move that one host does not make", () => {
  beforeEach(async () => {
    hosts = await HostsInMemory.serving(3);
  });

  it("is not begun on any while one cannot be asked", async () => {
    const read = hosts.at(2).asidePercent.bind(hosts.at(2));
    hosts.at(2).asidePercent = () => {
      hosts.at(2).isLost = true;
      return read();
    };
    await expect(hosts.switchTo("green", second, 2)).rejects.toThrow("host-3: cannot be reached");
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
    expect(hosts.moves).not.toContain("move green");
  });

  it.each([
    ["was made there all the same", true],
    ["was not made there", false],
  ])("is taken back on the others; where it %s the next update sees to it", async (_, moves) => {
    const lost = hosts.at(1);
    const move = lost.move.bind(lost);
    loseAtMove(lost, moves);
    await expect(hosts.switchTo("green", second, 2)).rejects.toThrow(HostError);
    expect(await hosts.colors()).toEqual(["blue", moves ? "green" : "blue", "blue"]);
    expect(await hosts.at(0).records.readRejection(second.id)).toBeNull();
    lost.isLost = false;
    lost.move = move;
    expect(await (await hosts.open()).activeColor()).toBe("blue");
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
    expect(await hosts.switchTo("green", second, 3)).toBe(0);
    expect(await hosts.colors()).toEqual(["green", "green", "green"]);
  });

  it("is taken back on all where one has no room to write it down", async () => {
    const full = hosts.at(1);
    const move = full.move.bind(full);
    full.move = async (color, aside) => {
      await move(color, aside);
      if (color === "green") throw new Error("ENOSPC: no space left on device");
    };
    await expect(hosts.switchTo("green", second, 2)).rejects.toThrow("host-2: ENOSPC");
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
  });

  it("is made on the others where it is the way back", async () => {
    hosts.at(0).ailments.set(second.id, { answers: { public: "status 500" } });
    const full = hosts.at(1);
    const move = full.move.bind(full);
    full.move = async (color, aside) => {
      if (color === "blue") throw new Error("ENOSPC: no space left on device");
      await move(color, aside);
    };
    await expect(hosts.switchTo("green", second, 2)).rejects.toThrow("host-2: ENOSPC");
    expect(await hosts.colors()).toEqual(["blue", "green", "blue"]);
    full.move = move;
    await hosts.open();
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
  });

  it("is refused where a host has another move on record", async () => {
    const hands = await hosts.open();
    const number = {
      number: 2,
      release: second.id,
      color: "green",
      at: "",
      settled: false,
    } as const;
    await hands.records.writeSwitch(number);
    await hosts.at(2).records.writeSwitch({ ...number, number: 7 });
    await expect(hands.move("green")).rejects.toThrow(
      "host-3: has move 7 of the traffic on record, not 2",
    );
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
  });
});

describe("hosts that a killed deployer has left apart", () => {
  const last = { release: second.id, at: "2026-01-01T00:00:00.000Z" };
  beforeEach(async () => {
    hosts = await HostsInMemory.serving(3);
  });

  async function leave(settled: boolean, color: Color, at: readonly Color[]): Promise<void> {
    const record = { ...last, number: 2, color, settled };
    for (const [index, host] of hosts.all.entries()) {
      await host.records.writeSwitch(record);
      await host.move(at[index]!);
    }
  }

  it("go back from a try, and to the end of a way back", async () => {
    await leave(false, "green", ["green", "blue", "green"]);
    await hosts.open();
    expect(await hosts.colors()).toEqual(["blue", "blue", "blue"]);
    await leave(true, "green", ["green", "blue", "blue"]);
    await hosts.open();
    expect(await hosts.colors()).toEqual(["green", "green", "green"]);
  });

  it("are not touched where they serve the same", async () => {
    await leave(false, "green", ["green", "green", "green"]);
    const before = hosts.moves;
    await hosts.open();
    expect(hosts.moves).toEqual(before);
  });

  it("stay as they are where one cannot serve what the others do, and the message names it", async () => {
    await leave(false, "green", ["blue", "blue", "green"]);
    hosts.at(2).parts.blue.delete("web");
    await expect(hosts.open()).rejects.toThrow(
      `host-3: serves green, the other hosts blue, and its blue set cannot serve release ${first.id}:\n` +
        `host-3: blue is not ${first.id}: web\nmend that set there, then run the update again`,
    );
    expect(await hosts.colors()).toEqual(["blue", "blue", "green"]);
  });

  it("serve a first release wherever it is fit, since there is none before it", async () => {
    hosts = new HostsInMemory(3);
    await hosts.prove("blue", first, 1);
    for (const host of hosts.all) {
      await host.records.writeSwitch({ ...last, number: 1, color: "blue", settled: false });
    }
    await hosts.at(0).move("blue");
    hosts.at(2).parts.blue.clear();
    await hosts.open();
    expect(await hosts.colors()).toEqual(["blue", "blue", null]);
  });
});
