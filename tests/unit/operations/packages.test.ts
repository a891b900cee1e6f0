import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packagesSchema } from "../../../config/schemas/packages";
import { checkSchema } from "../../../config/checkSchema";
import { findSharedCode } from "../../../dev/sharedCode";
import { createBuildSecrets } from "../../../operations/images/buildSecrets";
import { differences } from "../../../rules/packages/nexusRepositories";
import {
  indexUrlOf,
  parseSimplePage,
  publishVerdict,
  uploadUrlOf,
} from "../../../rules/packages/packageIndex";
import { readFileSync } from "node:fs";

const index = { kind: "index", url: "http://h:1/", hosted: "a", group: "g" } as const;

describe("a package index's addresses", () => {
  it("are the same for the embedded index and a Nexus, but for the group", () => {
    expect(indexUrlOf(index)).toBe("http://h:1/repository/a/simple");
    expect(indexUrlOf({ ...index, kind: "nexus" })).toBe("http://h:1/repository/g/simple");
    expect(uploadUrlOf({ ...index, kind: "nexus" })).toBe("http://h:1/repository/a/");
  });

  it("are what another server says", () => {
    const other = { ...index, indexUrl: "https://p/simple/", uploadUrl: "https://p/legacy" };
    expect([indexUrlOf(other), uploadUrlOf(other)]).toEqual([
      "https://p/simple",
      "https://p/legacy/",
    ]);
  });
});

describe("a simple index's page", () => {
  const hash = "a".repeat(64);
  const files = parseSimplePage(
    `<a href="../../packages/x-1.whl#sha256=${hash}">x-1.whl</a> <a class="b" href='/f/x-2.whl'>x-2.whl</a>`,
    "http://h/repository/r/simple/x/",
  );

  it("says where each file is and what it holds", () => {
    expect(files).toEqual([
      { name: "x-1.whl", url: "http://h/repository/r/packages/x-1.whl", sha256: hash },
      { name: "x-2.whl", url: "http://h/f/x-2.whl", sha256: null },
    ]);
  });

  it.each([
    ["x-1.whl", hash, "present"],
    ["x-1.whl", "b".repeat(64), "differs"],
    ["x-2.whl", hash, "differs"],
    ["x-3.whl", hash, "upload"],
  ])("%s with %s: %s", (file, sha256, verdict) => {
    expect(publishVerdict({ file, sha256 }, files)).toBe(verdict);
  });
});

describe("maestro:packages", () => {
  const check = (value: unknown) =>
    checkSchema(packagesSchema, value, (at) => ["packages", ...at].map(String).join(".")).issues;

  it("has defaults for everything", () => {
    expect(check({})).toEqual([]);
  });

  it.each([
    [{ url: "http://user:pw@h" }, /^packages.url: must be an http\(s\) URL.*without a login/],
    [{ kind: "nexus", indexUrl: "http://h" }, /^packages.indexUrl: is for kind index/],
    [{ versions: { a: "1" } }, /^packages.versions.a: must be \{ version, sha256 \}/],
    [{ hoste: "x" }, /hosted/],
  ])("refuses %j", (value, message) => {
    expect(check(value)[0]).toMatch(message);
  });
});

describe("a difference between what is wanted and what a Nexus has", () => {
  it("ignores what Nexus adds, and sees what it lacks", () => {
    expect(differences({ a: 1, b: { c: [1] } }, { a: 1, b: { c: [1], d: 2 }, url: "x" })).toEqual(
      [],
    );
    expect(differences({ a: 1, b: { c: [1] } }, { a: 2, b: { c: [2] } })).toEqual(["a", "b.c"]);
    expect(differences({ b: { c: 1 } }, {})).toEqual(["b.c"]);
  });
});

describe("shared code in a build", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-shared-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  const find = (file: string, text: string) => {
    const full = path.join(directory, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
    const found = findSharedCode(directory, ["maestro-core-api"]);
    rmSync(full);
    return found.map(({ line, message }) => `${line} ${message}`);
  };

  it.each([
    [
      "Dockerfile",
      "FROM x\nCOPY --chown=1 ../shared /app",
      '2 COPY of shared code, got "../shared"',
    ],
    ["a/Dockerfile.dev", 'ADD ["packages/x", "/app"]', '1 ADD of shared code, got "packages/x"'],
    [
      "Dockerfile",
      "COPY a \\\n maestro_core_api \\\n /x",
      '1 COPY of shared code, got "maestro_core_api"',
    ],
    ["requirements.txt", "a==1\n-e ../x", '2 dependency by path, got "-e ../x"'],
    ["requirements.in", "./x", '1 dependency by path, got "./x"'],
    ["requirements.in", "x @ file:///x", '1 dependency by path, got "x @ file:///x"'],
    ["pyproject.toml", 'x = { path = "../x" }', '1 dependency by path, got "x = { path = '],
    ["pyproject.toml", 'dependencies = ["x @ file:///x"]', "1 dependency by path"],
  ])("is found in %s: %j", (file, text, message) => {
    expect(find(file, text)).toEqual([expect.stringContaining(message)]);
    expect(find(file, text)[0]).toContain("; publish it");
  });

  it.each([
    [
      "Dockerfile",
      "# COPY ../shared /app\nCOPY ${SERVICE}/ /app/\nCOPY --from=builder /venv /venv",
    ],
    ["requirements.txt", "maestro-core-api==1.0.0 \\\n    --hash=sha256:abc"],
    ["pyproject.toml", 'packages = ["src/x"]\nurl = "http://localhost/simple"'],
    ["notes.txt", "COPY ../shared /app"],
  ])("is not seen in %s: %j", (file, text) => {
    expect(find(file, text)).toEqual([]);
  });
});

describe("a build's secrets", () => {
  it("name the stack's index, and carry the login of the machine's own one along", () => {
    const env = { PIP_INDEX_URL: "https://me:word@up.example/simple", NETRC: "/nowhere" };
    const secrets = createBuildSecrets(env, "http://u:p@localhost:1/simple");
    const file = (id: string) => {
      const found = secrets.arguments().find((argument) => argument.startsWith(`id=${id},`));
      return readFileSync(found?.split("src=")[1] ?? "", "utf8");
    };
    expect(file("pip.conf")).toContain("index-url = http://u:p@localhost:1/simple");
    expect(file("netrc")).toBe("machine up.example login me password word\n");
    secrets.remove();
  });
});
