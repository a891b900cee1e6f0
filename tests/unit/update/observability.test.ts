import * as pulumi from "@pulumi/pulumi";
import { findInputProblems } from "../../../rules/stepShapes";
import { EDGE_IMAGE } from "../../support/fixtures";
import { runProgram, type ProgramResult, type Registration } from "../../support/program";
import { configOf } from "../../support/shippedStacks";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);
jest.mock("../../../secretStore/openStore", () =>
  jest.requireActual<object>("../../support/secretStoreMock"),
);

const stack = "development";
const TYPE = "maestro:components:Observability";

function withObservability(prometheus: object = {}) {
  const servers = {
    prometheus: { image: EDGE_IMAGE, ...prometheus },
    alertmanager: { image: EDGE_IMAGE },
  };
  return { ...configOf(stack), observability: { profile: "minimal", ...servers } };
}

const operation = (registrations: readonly Registration[]) =>
  registrations.find(({ name }) => name === "observability-servers");

/** Names of the resources that are told something else. */
function differing(one: readonly Registration[], other: readonly Registration[]): string[] {
  const [a, b] = [one, other].map(
    (registrations) =>
      new Map(registrations.map(({ name, inputs }) => [name, JSON.stringify(inputs)])),
  );
  return [...new Set([...a!.keys(), ...b!.keys()])].filter((name) => a!.get(name) !== b!.get(name));
}

describe("what watches a stack", () => {
  let without: ProgramResult;
  let withIt: ProgramResult;

  beforeAll(async () => {
    without = await runProgram({ stack, config: configOf(stack) });
    withIt = await runProgram({ stack, config: withObservability() });
  });

  it("is not there unless the stack says so", () => {
    expect(without.registrations.filter(({ type }) => type === TYPE)).toEqual([]);
    expect(operation(without.registrations)).toBeUndefined();
  });

  it("is one operation behind the release, whose input its step takes", () => {
    const { inputs, dependsOn } = operation(withIt.registrations)!;
    expect(dependsOn).toEqual(["release"]);
    expect(inputs["create"]).toMatch(/ applyObservability$/);
    expect(inputs["delete"]).toMatch(/ removeObservability$/);
    const input: unknown = JSON.parse(inputs["stdin"] as string);
    expect(findInputProblems("applyObservability", input)).toEqual([]);
    expect(findInputProblems("removeObservability", input)).toEqual([]);
  });

  it("has its memory told by a preview, beside what the host has", async () => {
    const said = jest.spyOn(pulumi.log, "info");
    await runProgram({ stack, config: withObservability(), preview: true });
    const texts = said.mock.calls.map(([text]) => text);
    said.mockRestore();
    expect(texts.filter((text) => text.startsWith("limits of memory: "))).toEqual([
      expect.stringMatching(/, what watches it 0\.6 GiB, together .*; the host has 8\.0 GiB$/),
    ]);
  });

  it("comes, changes and goes without a change of anything else, and is no part of a release", async () => {
    const changed = await runProgram({ stack, config: withObservability({ retentionDays: 3 }) });
    expect(differing(without.registrations, withIt.registrations)).toEqual([
      "observability",
      "observability-servers",
    ]);
    expect(differing(withIt.registrations, changed.registrations)).toEqual([
      "observability-servers",
    ]);
    expect(withIt.outputs.release).toEqual(without.outputs.release);
  });
});
