import type Docker from "dockerode";
import { awaitTurn, inTurn } from "../../../host/pruneTurn";

/** An engine that has volumes alone. */
function engineWithVolumes() {
  const volumes = new Map<string, Record<string, string>>();
  const missing = () => Promise.reject(Object.assign(new Error("missing"), { statusCode: 404 }));
  const engine = {
    createVolume: ({ Name, Labels }: { Name: string; Labels: Record<string, string> }) => {
      if (!volumes.has(Name)) volumes.set(Name, Labels);
      return Promise.resolve();
    },
    getVolume: (name: string) => ({
      inspect: () => {
        const Labels = volumes.get(name);
        return Labels ? Promise.resolve({ Labels }) : missing();
      },
      remove: () => (volumes.delete(name) ? Promise.resolve() : missing()),
    }),
  };
  return { engine: engine as unknown as Docker, volumes };
}

describe("a turn", () => {
  it("is waited for by who begins a release, and leaves nothing behind", async () => {
    const { engine, volumes } = engineWithVolumes();
    const order: string[] = [];
    let begun = () => {};
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const turn = inTurn(engine, async () => {
      begun();
      await new Promise((resolve) => setImmediate(resolve));
      order.push("turn");
    });
    await isBegun;
    await awaitTurn(engine).then(() => order.push("release"));
    await turn;
    expect(order).toEqual(["turn", "release"]);
    expect(volumes.size).toBe(0);
    await awaitTurn(engine);
  });

  it("is one after another", async () => {
    const { engine } = engineWithVolumes();
    let under = 0;
    let most = 0;
    const turn = () =>
      inTurn(engine, async () => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
      });
    await Promise.all([turn(), turn(), turn()]);
    expect(most).toBe(1);
  });

  it("ends with an error of what is done in it", async () => {
    const { engine, volumes } = engineWithVolumes();
    await expect(inTurn(engine, () => Promise.reject(new Error("no disk")))).rejects.toThrow(
      "no disk",
    );
    expect(volumes.size).toBe(0);
  });

  it("of somebody who was killed is ended by who waits for it", async () => {
    const { engine, volumes } = engineWithVolumes();
    volumes.set("maestro-prune", { "io.maestro.turn": "dead" });
    let now = 0;
    const clock = jest.spyOn(performance, "now").mockImplementation(() => (now += 11_000));
    await awaitTurn(engine);
    clock.mockRestore();
    expect(volumes.size).toBe(0);
  });
});
