import { execFileSync } from "node:child_process";
import { projectRoot } from "../../toolchain/setup/paths";

/** What is loaded after a piece of code has run in a Node of its own, as Pulumi starts the program. */
function loadedBy(code: string): string[] {
  const script = `${code}; console.log(JSON.stringify(Object.keys(require.cache)))`;
  const answer = execFileSync("node", ["-e", script], { cwd: projectRoot(), encoding: "utf8" });
  return JSON.parse(answer) as string[];
}

const AWS = /node_modules\/(@aws-sdk|@smithy|@aws-crypto|@pulumi\/awsx?)\//;

describe("the program's bundle", () => {
  it("loads no module of AWS at the start: a stack without it does not pay for it", () => {
    const loaded = loadedBy(`require("./bin/load").load("index.ts")`);
    expect(loaded.some((file) => file.includes("@pulumi/pulumi"))).toBe(true);
    expect(loaded.filter((file) => AWS.test(file))).toEqual([]);
  });

  it("is told from one that does", () => {
    const loaded = loadedBy(`require("@pulumi/aws/ecr/lifecyclePolicy")`);
    expect(loaded.some((file) => AWS.test(file))).toBe(true);
  });
});
