import { parseInput } from "../../../steps/shared/input";
import { findInputProblems } from "../../../rules/stepShapes";

const GATE = {
  prefix: "maestro-test",
  directory: "/var/lib/maestro",
  color: "blue",
  placement: 3,
  release: "0123456789ab",
  previewUrl: "http://127.0.0.1:8081",
};

describe("a step's input", () => {
  it("is taken as it is, with fields of newer versions", () => {
    const input = { ...GATE, newer: true, host: { user: "deploy" } };
    expect(parseInput("healthGate", JSON.stringify(input))).toEqual(input);
  });

  it("names each missing and wrong field by its path, all at once", () => {
    const record = {
      id: "x",
      slots: { web: -1 },
      generation: 0,
      services: { web: { port: "80" } },
    };
    expect(
      findInputProblems("claimSet", { ...GATE, color: "red", placement: undefined, record }),
    ).toEqual([
      'color: must be blue or green, got "red"',
      "placement: must be a whole number from 0 on, got nothing",
      "record.services.web.repository: must be text, got nothing",
      "record.services.web.digest: must be text, got nothing",
      'record.services.web.port: must be a whole number from 0 on, got "80"',
      "record.services.web.replicas: must be a whole number from 0 on, got nothing",
      "record.services.web.user: must be text, got nothing",
      "record.services.web.env: must be an object, got nothing",
      "record.slots.web: must be a whole number from 0 on, got -1",
    ]);
  });

  it("may be older where a destroy runs the step", () => {
    const written = {
      prefix: "p",
      directory: "/d",
      color: "green",
      secrets: { kind: "local", directory: "/dev/shm" },
    };
    for (const step of ["removeLeftovers", "removeSecrets", "settleDatabases"] as const) {
      expect(findInputProblems(step, written)).toEqual([]);
    }
  });

  it.each([
    ["", "input: is empty"],
    ["[]", "input: must be an object, got []"],
    ["{", "input: must be JSON"],
  ])("refuses %j and says what runs the step", (document, says) => {
    expect(() => parseInput("switchTraffic", document)).toThrow(says);
    expect(() => parseInput("switchTraffic", document)).toThrow("run `pulumi up`");
  });
});
