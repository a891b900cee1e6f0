import { readFileSync } from "node:fs";
import path from "node:path";
import { PULUMI_VERSION } from "../../../config/locations";
import { VERSION } from "../../../toolchain/languageHost/version";
import manifest from "../../../package.json";
import nodes from "../../../dev/nodes/package.json";
import { NODE_RELEASES } from "../../../dev/nodes/ensureNodes";

const ROOT = path.join(__dirname, "../../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const packages: Readonly<Record<string, string>> = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
};

describe("Pulumi's version", () => {
  it("is the same wherever the CLI is built, looked for, and served by a language host", () => {
    const modules = [...read("toolchain/go.mod").matchAll(/pulumi\/(?:pkg|sdk)\/v3 v(\S+)/g)];
    const shell = /pulumi-(\d+\.\d+\.\d+)"/.exec(read("toolchain/env.sh"));
    expect(modules.map(([, version]) => version)).toEqual([PULUMI_VERSION, PULUMI_VERSION]);
    expect([shell?.[1], VERSION]).toEqual([PULUMI_VERSION, PULUMI_VERSION]);
  });

  it("of the CLI is no older than that of the SDK", () => {
    const minor = (version = "") => Number(version.split(".")[1]);
    expect(minor(PULUMI_VERSION)).toBeGreaterThanOrEqual(minor(packages["@pulumi/pulumi"]));
  });
});

describe("the AWS SDK", () => {
  it("has one version for all its clients, so that they share their core", () => {
    const clients = Object.keys(packages).filter((name) => name.startsWith("@aws-sdk/client-"));
    expect(clients.length).toBeGreaterThan(1);
    expect(new Set(clients.map((name) => packages[name])).size).toBe(1);
  });
});

describe("versions that are held back", () => {
  const page = read("docs/decisions/16-versions-held-back.md");
  const [, table = ""] = /<!-- held: .*-->([^]*)<!-- end of held -->/.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| `(\S+)` +\| (\S+) +\|/gm)];

  it("are those of package.json", () => {
    expect(rows.length).toBeGreaterThan(0);
    const written = rows.map(([, name = "", version]) => [name, version]);
    expect(written).toEqual(written.map(([name = ""]) => [name, packages[name]]));
  });
});

describe("the releases of Node.js that are tested", () => {
  it.each(NODE_RELEASES)("%s has one exact version, the same on each processor", (release) => {
    const own = Object.entries(nodes.optionalDependencies).filter(([name]) =>
      name.startsWith(`node${release}-`),
    );
    const versions = own.map(([, version]) => version.replace(/^npm:node-linux-\w+@/, ""));
    expect(own.length).toBe(2);
    expect(new Set(versions).size).toBe(1);
    expect(versions[0]).toMatch(new RegExp(`^${release}\\.\\d+\\.\\d+$`));
  });
});
