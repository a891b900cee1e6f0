import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readRegistry, requireWritable, writeRelease } from "../../../operations/images/stackFile";

const OLD = `sha256:${"0".repeat(64)}`;
const NEW = `sha256:${"1".repeat(64)}`;

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-stack-"));
  file = path.join(directory, "Pulumi.test.yaml");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function writeStackFile(...lines: string[]): void {
  writeFileSync(file, [...lines, ""].join("\n"));
}

function lines(): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n");
}

describe("writeRelease", () => {
  it("changes the digests and nothing else: comments, order, other keys and secrets stay", () => {
    writeStackFile(
      "# The stack of this machine.",
      "encryptionsalt: v1:abc=",
      "config:",
      "  # Where images live.",
      "  maestro:registry: { kind: local, namespace: maestro } # in one line",
      "",
      "  maestro:release:",
      "    # asked for by the team",
      `    quotes: ${OLD} # pinned`,
      `    foreign: ${OLD} # not built here`,
      "  maestro:password:",
      "    secure: v1:very-long-secret-that-must-not-be-folded-however-long-this-line-becomes-in-the-end==",
      "  aws:region: eu-central-1",
    );
    const before = lines();
    expect(writeRelease(file, { quotes: NEW })).toBe(true);
    expect(lines()).toEqual(
      before.map((line) => (line.includes("quotes") ? `    quotes: ${NEW} # pinned` : line)),
    );
  });

  it("drops the settings of an earlier release, which a roll back had asked for", () => {
    writeStackFile("config:", "  maestro:settingsFrom: 0123456789ab", "  maestro:release: {}");
    writeRelease(file, { quotes: NEW });
    expect(readFileSync(file, "utf8")).not.toContain("settingsFrom");
  });

  it.each([
    ["a missing file", undefined],
    ["an empty file", ""],
    ["a file without config", "encryptionsalt: v1:abc=\n"],
    ["an empty release", "config:\n  maestro:release:\n"],
  ])("starts from %s", (_what, text) => {
    if (text !== undefined) writeFileSync(file, text);
    expect(writeRelease(file, { quotes: NEW })).toBe(true);
    expect(lines().slice(-3)).toEqual(["config:", "  maestro:release:", `    quotes: ${NEW}`]);
  });

  it("leaves a file that says the same untouched", () => {
    writeStackFile("config:", "    maestro:release:", `        quotes: "${NEW}"`);
    const before = readFileSync(file, "utf8");
    expect(writeRelease(file, { quotes: NEW })).toBe(false);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("leaves no other file behind and keeps the permissions", () => {
    writeStackFile("config: {}");
    const { mode } = statSync(file);
    writeRelease(file, { quotes: NEW });
    expect(readdirSync(directory)).toEqual(["Pulumi.test.yaml"]);
    expect(statSync(file).mode).toBe(mode);
  });

  it("fails for a release that is no map, and for what is no YAML", () => {
    writeStackFile("config:", "  maestro:release: latest");
    expect(() => writeRelease(file, { quotes: NEW })).toThrow(
      `${file}: config.maestro:release must be a map of keys to values`,
    );
    writeStackFile("config: [");
    expect(() => writeRelease(file, { quotes: NEW })).toThrow(file);
  });
});

describe("readRegistry", () => {
  it("fills in what the stack leaves out", () => {
    const defaults = {
      kind: "local",
      address: "localhost:5000",
      endpoint: "localhost:5000",
      namespace: "maestro",
      manage: false,
      kmsKey: null,
      pullAccounts: [],
    };
    expect(readRegistry(file)).toEqual(defaults);
    writeStackFile("config:", "  maestro:registry:", "    address: localhost:5001");
    expect(readRegistry(file)).toEqual({
      ...defaults,
      address: "localhost:5001",
      endpoint: "localhost:5001",
    });
  });

  it("fails for a registry of no known kind", () => {
    writeStackFile("config:", "  maestro:registry: { kind: harbor }");
    expect(() => readRegistry(file)).toThrow(
      `${file}: maestro:registry.kind: must be one of local, ecr, got "harbor"`,
    );
  });
});

describe("requireWritable", () => {
  it("refuses before anything is built what could not be written, or not be read again", () => {
    writeStackFile("config:", "  maestro:release: sha256:0");
    expect(() => requireWritable(file, ["quotes"])).toThrow(
      `${file}: config.maestro:release must be a map of keys to values`,
    );
    writeStackFile("config: {}");
    expect(() => requireWritable(file, ["quotes", "my_quotes", "2nd"])).toThrow(
      '--source: services: name "my_quotes" must match [a-z][a-z0-9-]{0,39}; it becomes part of container names; rename its directory\n' +
        '--source: services: name "2nd" must match [a-z][a-z0-9-]{0,39}; it becomes part of container names; rename its directory',
    );
    requireWritable(file, ["quotes"]);
    requireWritable(path.join(directory, "absent.yaml"), ["quotes"]);
  });
});
