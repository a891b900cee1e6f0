import type { ResourceType } from "../../../toolchain/plugins/resourceType";
import { keepMarks, markSecrets } from "../../../toolchain/plugins/secretMarks";
import { asSecret, holdsSecret, reveal } from "../../../toolchain/rpc/values";

const type = { derivedOutputs: ["stdout"] } as unknown as ResourceType;

describe("secret marks", () => {
  test("stay where they are in inputs that a check leaves as they are", () => {
    const wire = { envs: ["A=1", asSecret("B=2")] };
    expect(keepMarks({ envs: ["A=1", "B=2"] }, wire, {})).toEqual(wire);
  });

  test("cover the whole of an input that a check changes", () => {
    const wire = { envs: ["A=1", asSecret("B=2")] };
    expect(keepMarks({ envs: ["B=2", "A=1"] }, wire, {})).toEqual({
      envs: asSecret(["B=2", "A=1"]),
    });
  });

  test("go over to the output of the same name, whatever its order", () => {
    const marked = markSecrets(
      type,
      { envs: ["A=1", "B=2"], name: "x" },
      { envs: [asSecret("B=2"), "A=1"] },
      {},
    );
    expect(marked).toEqual({ envs: asSecret(["A=1", "B=2"]), name: "x" });
  });

  test("go over to what may repeat any secret", () => {
    const marked = markSecrets(type, { stdout: "B" }, { environment: { B: asSecret("B") } }, {});
    expect(marked).toEqual({ stdout: asSecret("B") });
  });

  test("outlive a read that knows nothing of inputs", () => {
    expect(markSecrets(type, { envs: ["A"] }, {}, { envs: asSecret(["A"]) })).toEqual({
      envs: asSecret(["A"]),
    });
  });

  test("are found and taken off at any depth", () => {
    const nested = { a: [{ b: asSecret({ c: asSecret(1) }) }] };
    expect(holdsSecret(nested)).toBe(true);
    expect(reveal(nested)).toEqual({ a: [{ b: { c: 1 } }] });
  });
});
