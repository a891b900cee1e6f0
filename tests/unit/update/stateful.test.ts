import { readFileSync, writeFileSync, mkdtempSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../../../config/project";
import { STATEFUL_VARIABLE, type StatefulRecord } from "../../../rules/stateful/statefulDecision";
import { findInputProblems } from "../../../rules/stepShapes";
import type { StatefulInput } from "../../../rules/stepInput";
import { runProgram, runProgramToError, type Registration } from "../../support/program";
import { configOf } from "../../support/shippedStacks";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);
jest.mock("../../../secretStore/openStore", () =>
  jest.requireActual<object>("../../support/secretStoreMock"),
);
jest.mock("../../../host/statefulContainers", () => ({
  isStatefulUp: () => Promise.resolve(true),
}));

const stack = "development";
const directory = mkdtempSync(path.join(tmpdir(), "maestro-stateful-"));
const image = (letter: string) => `registry.test/redis@sha256:${letter.repeat(64)}`;

/** The stack with a cache, whose image is this one; null: without. */
function configWith(letter: string | null): Record<string, unknown> {
  const shipped = parse(readFileSync(path.join(packageRoot(), "services.yaml"), "utf8")) as {
    services: Record<string, object | null>;
  };
  const cache = {
    ...{ kind: "stateful", image: image(letter ?? "a"), port: 6379, volume: { path: "/data" } },
    secrets: ["SECRET_KEY"],
  };
  const services = { ...shipped.services, ...(letter && { cache }) };
  const servicesFile = path.relative(packageRoot(), path.join(directory, "services.yaml"));
  writeFileSync(path.join(directory, "services.yaml"), JSON.stringify({ ...shipped, services }));
  return { ...configOf(stack), directory, servicesFile };
}

function record(changes: Partial<StatefulRecord> & { plan: StatefulInput["plan"] }): void {
  const { plan, ...others } = changes;
  const kept = { number: 1, applied: plan, volume: "maestro-development-cache", ...others };
  mkdirSync(path.join(directory, "records", "stateful"), { recursive: true });
  writeFileSync(path.join(directory, "records", "stateful", "cache.json"), JSON.stringify(kept));
}

const operationOf = (registrations: readonly Registration[]) =>
  registrations.find(({ name }) => name === "stateful-cache");
const inputOf = (registrations: readonly Registration[]) =>
  JSON.parse(operationOf(registrations)!.inputs["stdin"] as string) as StatefulInput;

afterEach(() => delete process.env[STATEFUL_VARIABLE]);

describe("a stateful service of a stack", () => {
  let first: StatefulInput;

  it("is not there unless the stack has one", async () => {
    const { registrations } = await runProgram({ stack, config: configWith(null) });
    expect(registrations.filter(({ name }) => name.startsWith("stateful"))).toEqual([]);
  });

  it("is one operation before the release, whose input its steps take and holds no secret", async () => {
    const { registrations } = await runProgram({ stack, config: configWith("a") });
    const { inputs, dependsOn } = operationOf(registrations)!;
    expect(dependsOn).toEqual(["edge"]);
    expect([inputs["create"], inputs["delete"]]).toEqual([
      expect.stringMatching(/ applyStateful$/),
      expect.stringMatching(/ removeStateful$/),
    ]);
    first = inputOf(registrations);
    expect(first).toMatchObject({ number: 1, plan: { image: image("a") } });
    expect(first.plan.secrets).toMatchObject({ version: "v1", names: ["SECRET_KEY"] });
    expect(findInputProblems("applyStateful", first)).toEqual([]);
    expect(findInputProblems("removeStateful", first)).toEqual([]);
    const claim = registrations.find(({ name }) => name === "blue-claim");
    expect(claim?.dependsOn).toEqual(["edge", "stateful-cache"]);
  });

  it("is told the same by an update that wants another image", async () => {
    record({ plan: first.plan });
    const { registrations } = await runProgram({ stack, config: configWith("b") });
    expect(inputOf(registrations)).toEqual(first);
  });

  it("stays registered where the stack names it no more", async () => {
    record({ plan: first.plan });
    const { registrations } = await runProgram({ stack, config: configWith(null) });
    expect(inputOf(registrations)).toEqual(first);
  });

  it("is not updated while nothing serves, or by a variable that no command has written", async () => {
    record({ plan: first.plan });
    process.env[STATEFUL_VARIABLE] = "update:cache";
    await expect(runProgramToError({ stack, config: configWith("b") })).rejects.toThrow(
      "stateful update: nothing serves yet; run `pulumi up` first",
    );
    process.env[STATEFUL_VARIABLE] = "cache";
    await expect(runProgramToError({ stack, config: configWith("b") })).rejects.toThrow(
      "MAESTRO_STATEFUL: is set by `maestro stateful`",
    );
  });

  it("is updated by the update that is about it, which releases nothing else", async () => {
    record({ plan: first.plan });
    const { outputs } = await runProgram({ stack, config: configWith("a") });
    const { activeColor, release } = outputs;
    const placement = { number: 1, proven: true, record: outputs.containerSets[activeColor]! };
    const observed = {
      ...{ activeColor, switchNumber: 1 },
      placements: { blue: placement, green: null },
    };
    const config = { ...configWith("b"), services: { "quality-fabric": { env: { A: "1" } } } };
    process.env[STATEFUL_VARIABLE] = "update:cache";
    const updated = await runProgram({ stack, config, observed });
    expect(inputOf(updated.registrations)).toMatchObject({
      number: 2,
      plan: { image: image("b") },
    });
    expect(updated.outputs.release).toEqual(release);
    delete process.env[STATEFUL_VARIABLE];
    const released = await runProgram({ stack, config, observed });
    expect(released.outputs.release.id).not.toBe(release.id);
    expect(inputOf(released.registrations)).toEqual(first);
  });
});
