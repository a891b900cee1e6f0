import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stepCommand } from "../../../config/stepCommand";

const ROOT = path.resolve(__dirname, "../../..");

describe("the command of a step", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "maestro-step-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const put = (file: string) => {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), "");
  };

  // The text is in the state of every stack that was made from a checkout.
  it("is in this repository what states hold", () => {
    expect(stepCommand("claimSet")).toBe("node bin/maestro.js claimSet");
  });

  it("is the same in a project with a launcher of its own", () => {
    put("bin/maestro.js");
    put("node_modules/maestro/bin/maestro.js");
    expect(stepCommand("claimSet", directory)).toBe("node bin/maestro.js claimSet");
  });

  it("names the installed package, without a version, from wherever the program is", () => {
    put("node_modules/maestro/bin/maestro.js");
    put("infra/Pulumi.yaml");
    expect(stepCommand("claimSet", directory)).toBe(
      "node node_modules/maestro/bin/maestro.js claimSet",
    );
    expect(stepCommand("claimSet", path.join(directory, "infra"))).toBe(
      "node ../node_modules/maestro/bin/maestro.js claimSet",
    );
  });

  it("names the package itself where none is installed, as one word for a shell", () => {
    const file = path.relative(directory, path.join(ROOT, "bin/maestro.js"));
    expect(stepCommand("claimSet", directory)).toBe(`node ${file} claimSet`);
  });
});
