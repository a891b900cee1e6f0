import type Docker from "dockerode";
import { removeLeftovers } from "../../../dev/leftovers";

const labelled = (stack: string) => ({ "maestro.stack": stack });

/** An engine with a container, a network and a volume of each stack. */
function engineWith(stacks: readonly string[]) {
  const gone: string[] = [];
  const remove = (id: string) => ({ remove: () => Promise.resolve(void gone.push(id)) });
  const engine = {
    listContainers: () =>
      Promise.resolve(
        stacks.map((stack) => ({
          Id: `container of ${stack}`,
          Names: [`/${stack}-edge`],
          Labels: labelled(stack),
        })),
      ),
    listNetworks: () =>
      Promise.resolve(
        stacks.map((stack) => ({
          Id: `network of ${stack}`,
          Name: stack,
          Labels: labelled(stack),
        })),
      ),
    listVolumes: () =>
      Promise.resolve({
        Volumes: stacks.map((stack) => ({ Name: `volume of ${stack}`, Labels: labelled(stack) })),
      }),
    getContainer: remove,
    getNetwork: remove,
    getVolume: remove,
  };
  return { engine: engine as unknown as Docker, gone };
}

describe("what a killed test run has left", () => {
  it("is removed, of this project and of those that tests make up, and named", async () => {
    const { engine, gone } = engineWith(["maestro-itest-load", "acme-itest-two-acme"]);
    expect(await removeLeftovers(engine)).toHaveLength(6);
    expect(gone).toEqual([
      "container of maestro-itest-load",
      "container of acme-itest-two-acme",
      "network of maestro-itest-load",
      "network of acme-itest-two-acme",
      "volume of maestro-itest-load",
      "volume of acme-itest-two-acme",
    ]);
  });

  it("is never a user's stack", async () => {
    const { engine, gone } = engineWith(["maestro-development", "shop-production", "itest", ""]);
    expect(await removeLeftovers(engine)).toEqual([]);
    expect(gone).toEqual([]);
  });

  it("is nothing on an engine without volumes, whose list is null", async () => {
    const { engine } = engineWith([]);
    engine.listVolumes = (() => Promise.resolve({ Volumes: null })) as never;
    expect(await removeLeftovers(engine)).toEqual([]);
  });
});
