import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import { readInputs } from "../../../plugin/inputs";

const readFrom = (inputs: pulumi.Inputs) => readInputs("web", inputs);

describe("a resource's inputs", () => {
  it("are read through outputs at any depth", async () => {
    const release = { web: pulumi.output(Promise.resolve("sha256:12")) };
    expect(await readFrom({ kind: "local", release })).toEqual({
      kind: "local",
      release: { web: "sha256:12" },
    });
  });

  it("are not known while one of them is not", async () => {
    const release = { web: pulumi.output(unknown) };
    expect(await readFrom({ kind: "local", release })).toBeNull();
  });

  it("are refused, all at once, where they are secret", async () => {
    const inputs = {
      kind: "local",
      directory: pulumi.secret("/srv"),
      release: { web: pulumi.secret("sha256:12") },
    };
    await expect(readFrom(inputs)).rejects.toThrow(
      /^web\.directory: holds a secret, .*\nweb\.release: holds a secret, /,
    );
  });
});
