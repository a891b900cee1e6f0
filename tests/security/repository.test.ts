import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../config/project";

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain Node, so that it runs before any installation.
const { findLicenceProblems } = require("../../bin/checkLicences.js") as {
  findLicenceProblems: (lock: Lock) => string[];
};

const read = (file: string) => readFileSync(path.join(packageRoot(), file), "utf8");
const lock = JSON.parse(read("package-lock.json")) as Lock;

/** Packages of a lock file whose content npm could not check. */
function withoutIntegrity({ packages }: Lock): string[] {
  return Object.entries(packages)
    .filter(([place, { integrity, link }]) => place !== "" && !link && !isHash(integrity))
    .map(([place]) => place);
}

function isHash(integrity = ""): boolean {
  return /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity);
}

function notExact({ dependencies, devDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
    .map(([name]) => name);
}

/** An OIDC token for a role or npm, the comment of a preview, the issue of drift: no workflow changes code. */
const MAY_WRITE = ["id-token", "pull-requests", "issues"];
const written = (text: string) =>
  [...text.matchAll(/^\s+([a-z-]+): write$/gm)].map(([, scope]) => scope!);

/** What a workflow must not do, a line each. */
function workflowProblems(text: string): string[] {
  const uses = [...text.matchAll(/^\s*(?:- )?uses:\s*(\S+)/gm)].map(([, action = ""]) => action);
  // What begins with ./ is of the same commit.
  const loose = uses.filter((action) => !/^\.\/|@[0-9a-f]{40}$/.test(action));
  const rules: Record<string, boolean> = {
    "pull_request_target runs untrusted code with secrets": /pull_request_target/.test(text),
    "permissions are not empty by default": !/^permissions: \{\}$/m.test(text),
    "credentials stay in the checkout":
      /actions\/checkout@/.test(text) && !/persist-credentials: false/.test(text),
    "no concurrency group": !/^concurrency:/m.test(text),
    "writes more than it needs": written(text).some((scope) => !MAY_WRITE.includes(scope)),
  };
  return [
    ...loose.map((action) => `${action} is not pinned by commit`),
    ...Object.keys(rules).filter((rule) => rules[rule]),
  ];
}

describe("dependencies", () => {
  it("are each locked with a hash of their content", () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(withoutIntegrity(lock)).toEqual([]);
    const packages = { "": {}, "node_modules/x": { version: "1.0.0", integrity: "sha1-abc" } };
    expect(withoutIntegrity({ packages })).toEqual(["node_modules/x"]);
  });

  it("are asked for in exact versions", () => {
    expect(notExact(JSON.parse(read("package.json")) as Manifest)).toEqual([]);
    expect(notExact({ dependencies: { a: "^1.2.3" }, devDependencies: { b: "latest" } })).toEqual([
      "a",
      "b",
    ]);
  });

  it("are installed without running code of theirs", () => {
    expect(read("Makefile")).toMatch(/npm ci --ignore-scripts/);
    expect(read("Makefile")).not.toMatch(/npm (?:ci|install)(?! --ignore-scripts)/);
  });

  it("have licences that may be used, as far as they ship", () => {
    expect(findLicenceProblems(lock)).toEqual([]);
    const entry = (license?: string) => ({
      packages: { "node_modules/x": { version: "1.0.0", ...(license ? { license } : {}) } },
    });
    for (const refused of ["AGPL-3.0", "MIT AND GPL-3.0", "UNLICENSED", undefined]) {
      const [problem] = findLicenceProblems(entry(refused));
      expect(problem).toContain(`x@1.0.0: licence ${refused ?? "(none)"} is not allowed`);
    }
    expect(findLicenceProblems(entry("(MIT OR GPL-3.0)"))).toEqual([]);
  });
});

describe("workflows", () => {
  it.each(readdirSync(path.join(packageRoot(), ".github/workflows")))(
    "%s pins its actions and has no right it does not need",
    (file) => {
      expect(workflowProblems(read(`.github/workflows/${file}`))).toEqual([]);
    },
  );

  it("that are careless are found", () => {
    const careless = [
      "on: pull_request_target",
      "permissions: write-all",
      "jobs:",
      "  a:",
      "    permissions:",
      "      contents: write",
      "    steps:",
      "      - uses: actions/checkout@v4",
    ].join("\n");
    expect(workflowProblems(careless)).toEqual([
      "actions/checkout@v4 is not pinned by commit",
      "pull_request_target runs untrusted code with secrets",
      "permissions are not empty by default",
      "credentials stay in the checkout",
      "no concurrency group",
      "writes more than it needs",
    ]);
  });
});
