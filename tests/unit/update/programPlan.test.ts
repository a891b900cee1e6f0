import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findInputProblems, type STEP_SHAPES } from "../../../rules/stepShapes";
import { runProgram, runProgramToError, type Registration } from "../../support/program";
import { STEPPED_BACK_SHARES } from "../../../rules/host/cpuShares";
import { configOf, containers, observe, SERVICES } from "../../support/shippedStacks";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);
jest.mock("../../../secretStore/openStore", () =>
  jest.requireActual<object>("../../support/secretStoreMock"),
);

const STACKS = ["development", "demo", "production"];
/** One line a resource: what a reviewer wants to see change, and nothing else. */
function describeRegistration({ type, name, inputs, protect, ignoreChanges }: Registration) {
  const flags = [
    ...(protect ? ["protected"] : []),
    ...(ignoreChanges.includes("*") ? ["untouched"] : []),
  ];
  const facts = [inputs["image"], inputs["create"]].filter((fact) => typeof fact === "string");
  return [type, name, ...facts, ...flags].join(" ");
}

/** What a step would say about the input that it is registered with, when made and when removed. */
function inputProblems({ inputs }: Registration): string[] {
  return [inputs["create"], inputs["delete"]].flatMap((command) => {
    const step = typeof command === "string" && / (\w+)$/.exec(command)?.[1];
    // Known only once the resources that it names are there, as an identity in AWS.
    const { stdin } = inputs;
    if (!step || typeof stdin !== "string") return [];
    return findInputProblems(step as keyof typeof STEP_SHAPES, JSON.parse(stdin));
  });
}

describe("the program", () => {
  it.each(STACKS)("plans the first release of %s as the golden plan says", async (stack) => {
    const { registrations } = await runProgram({ stack, config: configOf(stack) });
    const plan = `${registrations.map(describeRegistration).sort().join("\n")}\n`;
    const golden = path.join(__dirname, "../..", "plans", `${stack}.txt`);
    if (process.env["UPDATE_PLANS"]) writeFileSync(golden, plan);
    expect(plan).toBe(readFileSync(golden, "utf8"));
    expect(registrations.flatMap(inputProblems)).toEqual([]);
  });

  it("builds in a preview too, where no output is known", async () => {
    const { registrations } = await runProgram({
      stack: "development",
      config: configOf("development"),
      preview: true,
    });
    expect(containers(registrations, "blue")).toHaveLength(SERVICES.length);
  });

  it("deploys to the idle set, and comes back to the first plan's containers by a rollback", async () => {
    const stack = "development";
    const first = await runProgram({ stack, config: configOf(stack, "a") });
    expect(first.outputs.activeColor).toBe("blue");
    const deploy = await runProgram({
      stack,
      config: configOf(stack, "b"),
      observed: observe(first.outputs),
      previous: first.outputs,
    });
    expect(deploy.outputs.activeColor).toBe("green");
    expect(deploy.outputs.previousRelease).toEqual(first.outputs.release);
    for (const container of containers(deploy.registrations, "blue")) {
      expect(container.ignoreChanges).toEqual(["*", "cpus", "cpuShares"]);
    }
    for (const container of containers(deploy.registrations, "green")) {
      expect(container.ignoreChanges).toEqual([]);
      expect(container.inputs["cpuShares"]).toBe(STEPPED_BACK_SHARES);
      expect(container.protect).toBe(false);
      expect(container.dependsOn).toContain("green-claim");
    }
    const rollback = await runProgram({
      stack,
      config: configOf(stack, "a"),
      observed: observe(deploy.outputs),
      previous: deploy.outputs,
    });
    expect(rollback.outputs.activeColor).toBe("blue");
    expect(rollback.outputs.release).toEqual(first.outputs.release);
    expect(rollback.outputs.history.map(({ action }) => action)).toEqual([
      "rollback",
      "deploy",
      "deploy",
    ]);
    const touched = rollback.registrations.filter(
      ({ type, ignoreChanges }) => type.endsWith(":Container") && ignoreChanges.length === 0,
    );
    expect(touched).toEqual([]);
  });

  it("makes containers without starting them where services move one by one, except in the first release", async () => {
    const stack = "development";
    const rollout = { strategy: "rolling", drainSeconds: 60 };
    const rolling = (version: "a" | "b") => ({ ...configOf(stack, version), rollout });
    const first = await runProgram({ stack, config: rolling("a") });
    for (const { inputs } of containers(first.registrations, "blue")) {
      expect([inputs["start"], inputs["mustRun"]]).toEqual([undefined, true]);
    }
    const { registrations } = await runProgram({
      stack,
      config: rolling("b"),
      observed: observe(first.outputs),
      previous: first.outputs,
    });
    for (const { inputs } of containers(registrations, "green")) {
      expect([inputs["start"], inputs["mustRun"]]).toEqual([false, false]);
    }
    for (const name of ["green-claim", "green-gate", "release-switch"]) {
      const { inputs } = registrations.find((each) => each.name === name)!;
      expect(JSON.parse(inputs["stdin"] as string)).toMatchObject({ rolling: true });
    }
    expect(registrations.flatMap(inputProblems)).toEqual([]);
  });

  it("changes the same inputs in a rollback as the switch needs, and no others", async () => {
    const stack = "development";
    const first = await runProgram({ stack, config: configOf(stack, "a") });
    const deploy = await runProgram({
      stack,
      config: configOf(stack, "b"),
      observed: observe(first.outputs),
      previous: first.outputs,
    });
    const rollback = await runProgram({
      stack,
      config: configOf(stack, "a"),
      observed: observe(deploy.outputs),
      previous: deploy.outputs,
    });
    // What is ignored by its name in a set that is left alone takes part in no comparison of the engine's.
    const inputsOf = (registrations: readonly Registration[]) =>
      new Map(
        registrations.map(({ name, inputs }) => [
          name,
          JSON.stringify(inputs, (key, value: unknown) =>
            key === "cpuShares" ? undefined : value,
          ),
        ]),
      );
    const before = inputsOf(deploy.registrations);
    const changed = [...inputsOf(rollback.registrations)]
      .filter(([name, inputs]) => before.get(name) !== inputs)
      .map(([name]) => name);
    expect(changed).toEqual(["release-switch"]);
  });

  it.each([
    ["a setting of a service", { services: { "quality-fabric": { env: { LOG: "debug" } } } }],
    ["a stack setting", { rollout: { bakeSeconds: 1 } }],
    ["replicas", { services: { "quality-fabric": { replicas: 3 } } }],
  ])("leaves what serves alone when %s changes", async (_what, change) => {
    const stack = "development";
    const first = await runProgram({ stack, config: configOf(stack) });
    const next = await runProgram({
      stack,
      config: { ...configOf(stack), ...change },
      observed: observe(first.outputs),
      previous: first.outputs,
    });
    const serving = containers(next.registrations, "blue");
    expect(serving).toHaveLength(SERVICES.length);
    expect(serving.every(({ ignoreChanges }) => ignoreChanges.includes("*"))).toBe(true);
  });

  it("protects what serves while nothing moves", async () => {
    const stack = "development";
    const first = await runProgram({ stack, config: configOf(stack) });
    const again = await runProgram({
      stack,
      config: configOf(stack),
      observed: observe(first.outputs),
      previous: first.outputs,
    });
    expect(containers(again.registrations, "blue").every(({ protect }) => protect)).toBe(true);
    expect(again.outputs.history).toEqual(first.outputs.history);
  });

  it("runs every container read-only, without capabilities, bounded, and not as root", async () => {
    const { registrations } = await runProgram({
      stack: "development",
      config: configOf("development"),
    });
    const all = registrations.filter(({ type }) => type.endsWith(":Container"));
    expect(all).toHaveLength(SERVICES.length + 2);
    for (const { inputs } of all) {
      expect(inputs).toMatchObject({
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        logOpts: { "max-size": "10m", "max-file": "3" },
      });
      expect(inputs["user"]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(inputs["memory"]).toBeGreaterThan(0);
      expect(inputs["memorySwap"]).toBe(inputs["memory"]);
      expect(inputs["destroyGraceSeconds"]).toBeGreaterThanOrEqual(10);
      expect(inputs["image"]).toMatch(/@sha256:[0-9a-f]{64}$/);
    }
  });

  it("refuses to move the network under the containers' feet", async () => {
    const stack = "development";
    const first = await runProgram({ stack, config: configOf(stack) });
    await expect(
      runProgramToError({
        stack,
        config: { ...configOf(stack), network: { subnet: "10.99.0.0/16" } },
        previous: first.outputs,
        observed: observe(first.outputs),
      }),
    ).rejects.toThrow(
      "maestro:network.subnet: cannot change while containers have addresses in 10.213.0.0/16, got 10.99.0.0/16",
    );
  });
});
