import { execFileSync } from "node:child_process";
import { packageRoot } from "../../../config/project";

/** What is loaded after a piece of code has run in a Node of its own, as Pulumi starts the program. */
function loadedBy(code: string): string[] {
  const script = `${code}; console.log(JSON.stringify(Object.keys(require.cache)))`;
  const answer = execFileSync("node", ["-e", script], { cwd: packageRoot(), encoding: "utf8" });
  return JSON.parse(answer) as string[];
}

const AWS = /node_modules\/(@aws-sdk|@smithy|@aws-crypto|@pulumi\/awsx?)\//;

describe("the program's bundle", () => {
  it("loads no module of AWS at the start: a stack without it does not pay for it", () => {
    const loaded = loadedBy(`require("./bin/load").load("index.ts")`);
    expect(loaded.some((file) => file.includes("@pulumi/pulumi"))).toBe(true);
    expect(loaded.filter((file) => AWS.test(file))).toEqual([]);
  });

  it("loads neither the SDK's Automation API nor the code that packs functions up", () => {
    const unused = /@pulumi\/pulumi\/automation\/stack|normalize-package-data/;
    const load = `require("./bin/load").load("index.ts")`;
    expect(
      loadedBy(`require("./program.js"); ${load}`).filter((file) => unused.test(file)),
    ).toEqual([]);
    expect(loadedBy(load).some((file) => unused.test(file))).toBe(true);
  });

  it("is told from one that does", () => {
    const loaded = loadedBy(`require("@pulumi/aws/ecr/lifecyclePolicy")`);
    expect(loaded.some((file) => AWS.test(file))).toBe(true);
  });
});
