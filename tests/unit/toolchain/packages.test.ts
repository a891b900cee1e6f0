import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  findInstalledPackages,
  findMissing,
  findPulumiPackages,
} from "../../../toolchain/languageHost/packages";

describe("the packages that the language host names", () => {
  const root = mkdtempSync(path.join(tmpdir(), "packages-"));
  const home = process.env.PULUMI_HOME;

  const writePackage = (at: string, manifest: object) => {
    mkdirSync(path.join(root, at), { recursive: true });
    writeFileSync(path.join(root, at, "package.json"), JSON.stringify(manifest));
  };

  beforeAll(() => {
    const plugin = (name: string, version: string) => ({
      name: `@pulumi/${name}`,
      version,
      dependencies: { "@pulumi/pulumi": "^3" },
      pulumi: { resource: true, name },
    });
    writePackage(".", { dependencies: { "@pulumi/docker": "1", "@pulumi/aws": "2" } });
    writePackage("node_modules/@pulumi/docker", plugin("docker", "1.0.0"));
    writePackage("node_modules/@pulumi/aws", plugin("aws", "2.0.0"));
    mkdirSync(path.join(root, "home/plugins/resource-docker-v1.0.0"), { recursive: true });
    process.env.PULUMI_HOME = path.join(root, "home");
  });
  afterAll(() => {
    if (home === undefined) delete process.env.PULUMI_HOME;
    else process.env.PULUMI_HOME = home;
    rmSync(root, { recursive: true, force: true });
  });

  test("are only those whose plugins are installed, so that no update tries to download the others", () => {
    const names = (found: { name: string }[]) => found.map(({ name }) => name);
    expect(names(findPulumiPackages(root))).toEqual(["docker", "aws"]);
    expect(names(findInstalledPackages(root))).toEqual(["docker"]);
  });

  test("that are missing are those without a directory in node_modules", () => {
    expect(findMissing(root)).toEqual([]);
    writePackage("other", { dependencies: { "@pulumi/docker": "1", "left-pad": "1" } });
    expect(findMissing(path.join(root, "other"))).toEqual(["left-pad"]);
    expect(findMissing(path.join(root, "home"))).toEqual([]);
  });
});
