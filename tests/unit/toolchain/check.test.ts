import { checkInputs } from "../../../toolchain/plugins/check";
import { checkNamed } from "../../../toolchain/plugins/docker/autoname";
import { CONTAINER_SCHEMA } from "../../../toolchain/plugins/docker/containerSchema";
import { UNKNOWN, type Properties } from "../../../toolchain/rpc/values";

const check = (inputs: Properties) =>
  checkInputs(CONTAINER_SCHEMA, { image: "app:1", name: "app", ...inputs }, "Container");
const reasons = (inputs: Properties) => check(inputs).failures.map(({ reason }) => reason);

describe("the check of a container", () => {
  test("fills in defaults and lists them", () => {
    expect(check({ restart: "always" }).inputs).toEqual({
      image: "app:1",
      name: "app",
      restart: "always",
      containerReadRefreshTimeoutMilliseconds: 15000,
      mustRun: true,
      networkMode: "bridge",
      removeVolumes: true,
      start: true,
      waitTimeout: 60,
      __defaults: [
        "containerReadRefreshTimeoutMilliseconds",
        "mustRun",
        "networkMode",
        "removeVolumes",
        "start",
        "waitTimeout",
      ],
    });
  });

  test("fills in defaults inside of objects, too", () => {
    const { inputs } = check({ ports: [{ internal: 80 }] });
    expect(inputs.ports).toEqual([
      { internal: 80, ip: "0.0.0.0", protocol: "tcp", __defaults: ["ip", "protocol"] },
    ]);
  });

  test("takes defaults of an earlier check for what they are", () => {
    const earlier = check({}).inputs;
    expect(check({ ...earlier, networkMode: "old-default" }).inputs.networkMode).toBe("bridge");
  });

  test.each<[string, Properties, string]>([
    ["an unknown property", { memroy: 5 }, "memroy: not supported for Container"],
    ["one that is not covered", { gpus: "all" }, "gpus: not supported for Container"],
    ["an output", { exitCode: 0 }, "exitCode: not supported for Container"],
    ["an unknown one inside", { healthcheck: { retrys: 5 } }, "healthcheck.retrys: not supported"],
    ["a missing one inside", { ports: [{ external: 80 }] }, "ports[0].internal: is required"],
    ["text for a number", { memory: "64" }, "memory: must be an integer, got string"],
    ["a fraction", { memory: 1.5 }, "memory: must be an integer, got number"],
    ["a number for a flag", { init: 1 }, "init: must be a boolean, got number"],
    ["a list for a map", { tmpfs: ["/tmp"] }, "tmpfs: must be a map of strings, got list"],
    ["a text for a list", { command: "sleep 1" }, "command: must be a list, got string"],
    ["a restart policy", { restart: "sometimes" }, "restart: must be a string that matches"],
    ["a duration", { healthcheck: { interval: "1 s" } }, "healthcheck.interval: must be a string"],
  ])("refuses %s", (_, inputs, reason) => {
    expect(reasons(inputs)).toEqual([expect.stringContaining(reason)]);
  });

  test("never repeats a value, which may be secret", () => {
    expect(reasons({ memory: "planted-secret", init: "planted-secret" }).join()).not.toContain(
      "planted",
    );
  });

  test("accepts what is not known yet, wherever it is", () => {
    const unknown = {
      memory: UNKNOWN,
      envs: [UNKNOWN],
      ports: UNKNOWN,
      networksAdvanced: [{ name: UNKNOWN }],
    };
    expect(reasons(unknown)).toEqual([]);
  });

  test("asks for an image", () => {
    const { failures } = checkInputs(CONTAINER_SCHEMA, { name: "app" }, "Container");
    expect(failures).toEqual([{ property: "image", reason: "image: is required; set it" }]);
  });
});

describe("a name that Pulumi makes up", () => {
  const named = (inputs: Properties, olds: Properties, suffix = "1234567") =>
    checkNamed(CONTAINER_SCHEMA, "Container", { inputs, olds, name: "app", suffix }).inputs;

  test("is the logical name and a suffix, and stays", () => {
    const first = named({ image: "a" }, {});
    expect(first.name).toBe("app-1234567");
    expect(first.__defaults).toContain("name");
    expect(named({ image: "a" }, first, "7654321").name).toBe("app-1234567");
  });

  test("gives way to one that the program fixes, and comes back", () => {
    const fixed = named({ image: "a", name: "mine" }, {});
    expect(fixed.name).toBe("mine");
    expect(fixed.__defaults).not.toContain("name");
    expect(named({ image: "a" }, fixed).name).toBe("app-1234567");
  });
});
