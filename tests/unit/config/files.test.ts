import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

import { parseSettings, type RawSettings } from "../../../config/parseSettings";
import { parseYaml, readServicesFile } from "../../../config/readServicesFile";
import type { Settings } from "../../../config/settings";
import { digest, EDGE_IMAGE, issuesOf } from "../../support/fixtures";

const ROOT = resolve(__dirname, "../../..");
const SERVICES = [
  "automation-service",
  "k8s-execution-service",
  "template-service",
  "quality-fabric",
  "maestro-gateway",
];

/** A shipped stack as Pulumi would hand it to the program, plus what `make up` writes into development. */
function rawOf(stack: string, extra: Record<string, unknown> = {}): RawSettings {
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const keys = Object.entries(config).map(([key, value]) => [key.replace("maestro:", ""), value]);
  const services = readServicesFile(join(ROOT, "services.yaml"));
  expect(services.issues).toEqual([]);
  return {
    stack,
    project: "maestro",
    root: ROOT,
    config: { ...Object.fromEntries(keys), ...extra },
    services: services.content,
  };
}

function settingsOf(stack: string): Settings {
  if (stack !== "development") {
    return parseSettings(rawOf(stack));
  }
  const release = Object.fromEntries(SERVICES.map((service) => [service, digest("a")]));
  return parseSettings(rawOf(stack, { release, edge: { image: EDGE_IMAGE } }));
}

describe("the shipped files", () => {
  test.each(["development", "demo", "production"])("make a valid stack %s", (stack) => {
    const settings = settingsOf(stack);
    expect(Object.keys(settings.services)).toEqual(SERVICES);
    const isPromoted = stack === "production";
    expect(Object.keys(settings.release)).toEqual(isPromoted ? [] : SERVICES);
    expect(settings.promotion?.from).toBe(isPromoted ? "demo" : undefined);
    for (const [name, service] of Object.entries(settings.services)) {
      expect(service).toMatchObject({
        port: 8000,
        route: { path: `/${name}/` },
        health: { livePath: "/health", readyPath: "/ready" },
      });
    }
  });

  test("say in development, before anything is built, which commands to run", () => {
    // `make up` writes both keys into the file.
    expect(issuesOf(rawOf("development", { edge: null, release: null }))).toEqual([
      "edge.image: is required; use <repository>@sha256:<64 hex>, which `maestro setup` writes",
      "release: is required; run `npm run images`, which writes the digests",
    ]);
  });

  test("document in services.yaml what is a setting", () => {
    const text = readFileSync(join(ROOT, "services.yaml"), "utf8");
    const example = text
      .split("\n")
      .filter((line) => /^# {3,}[a-zA-Z]+:/.test(line))
      .map((line) => line.slice(3))
      .join("\n");
    const service = parse(example) as Record<string, unknown>;
    const raw = rawOf("demo");
    const { services } = raw.services as { services: Record<string, unknown> };
    const declared = { ...services, "my-service": service, "other-service": {} };
    const release = {
      ...(raw.config as { release: Record<string, string> }).release,
      "my-service": digest("a"),
      "other-service": digest("b"),
    };
    const config = { ...(raw.config as object), release };
    expect(issuesOf({ ...raw, config, services: { services: declared } })).toEqual([]);
    expect(Object.keys(service)).toHaveLength(18);
  });
});

describe("a YAML file", () => {
  const DEEP = `${"[".repeat(30)}${"]".repeat(30)}`;
  const BOMB = [
    "a: &a [x, x, x, x, x, x, x, x, x]",
    ..."bcdefghi".split("").map((key, index) => {
      const before = "abcdefgh"[index];
      return `${key}: &${key} [${`*${before}, `.repeat(9)}]`;
    }),
  ].join("\n");

  // prettier-ignore
  const CASES: [name: string, text: string | Uint8Array, message: string][] = [
    ["duplicate key", "services:\n  web: {}\n  web: {}\n", 's.yaml:3: duplicate key "web"; keep one'],
    ["tab", "services:\n\tweb: {}\n", "s.yaml:2: a tab in the indentation; use spaces"],
    ["byte order mark", "\ufeffservices: {}\n", "s.yaml:1: starts with a byte order mark; save it as UTF-8 without one"],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0x00]), "s.yaml: is not UTF-8 text; save it as UTF-8"],
    ["open bracket", "services: [\n", "s.yaml:2: is not valid YAML (bad indent); check indentation, quotes and brackets from here upwards"],
    ["bad indentation", "services:\n  web: {}\n bad\n", "s.yaml:3: is not valid YAML (bad indent); check indentation, quotes and brackets from here upwards"],
    ["two documents", "a: 1\n---\nb: 2\n", "s.yaml:2: a second document; put everything into the first"],
    ["unknown alias", "a: *b\n", "s.yaml: *b names an anchor that is not there; write &b before the value it stands for"],
    ["alias bomb", BOMB, "s.yaml: has too many aliases; write the values out"],
    ["alias to itself", "a: &a [*a]\n", "s.yaml: is nested more than 20 levels deep; no setting needs that"],
    ["deep nesting", DEEP, "s.yaml: is nested more than 20 levels deep; no setting needs that"],
  ];
  test.each(CASES)("with a problem is refused: %s", (_name, text, message) => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    expect(parseYaml("s.yaml", bytes)).toEqual({ content: undefined, issues: [message] });
  });

  test("reports each problem with its line", () => {
    const text = "services:\n  web: {}\n  web: {}\n  api: {}\n  api: {}\n";
    expect(parseYaml("s.yaml", new TextEncoder().encode(text)).issues).toEqual([
      's.yaml:3: duplicate key "web"; keep one',
      's.yaml:5: duplicate key "api"; keep one',
    ]);
  });

  test("may use a few aliases", () => {
    const text = "a: &a { x: 1 }\nb: *a\n";
    expect(parseYaml("s.yaml", new TextEncoder().encode(text)).content).toEqual({
      a: { x: 1 },
      b: { x: 1 },
    });
  });

  test("is refused when it is missing, a directory or too large", () => {
    const directory = mkdtempSync(join(tmpdir(), "maestro-config-"));
    const large = join(directory, "large.yaml");
    writeFileSync(large, `#${" ".repeat(2_000_000)}`);
    try {
      expect(readServicesFile("no-such.yaml").issues).toEqual([
        "no-such.yaml: no such file; create it or set maestro:servicesFile",
      ]);
      expect(readServicesFile(directory).issues).toEqual([
        `${directory}: cannot be read, got EISDIR; check the file and its permissions`,
      ]);
      expect(readServicesFile(large).issues).toEqual([
        `${large}: must be at most 2 MB, got 2000001 bytes; split it into two stacks`,
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
