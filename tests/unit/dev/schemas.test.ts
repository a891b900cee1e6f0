import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { createJsonSchemas } from "../../../dev/schemas/jsonSchemas";
import type { JsonSchema } from "../../../dev/schemas/customKeys";
import { readKeyTables } from "../../../dev/schemas/keyTable";

const ROOT = path.join(__dirname, "../../..");
const rows = readKeyTables(path.join(ROOT, "docs"));
const schemas = createJsonSchemas(rows);
const NAMES = ["services", "stack", "access"] as const;

const definitions = schemas.services["definitions"] as Record<"service" | "stateful", JsonSchema>;

/** Key -> its schema, of both files; a service's settings once. */
const keys = new Map([
  ...keysOf(configOf(schemas.stack), "").map(([key, of]): [string, JsonSchema] => [
    key.replace(/^maestro:/, ""),
    of,
  ]),
  ...keysOf(definitions.service, "services.*."),
  ...keysOf(definitions.stateful, "stateful.*."),
]);

describe.each(NAMES)("schemas/%s.schema.json", (name) => {
  const file = path.join(ROOT, "schemas", `${name}.schema.json`);

  it("is made from the program's schemas and the tables of keys: `npm run schemas` writes it", () => {
    const wanted = `${JSON.stringify(schemas[name], null, 2)}\n`;
    if (process.env["UPDATE_DOCS"]) writeFileSync(file, wanted);
    expect(readFileSync(file, "utf8")).toBe(wanted);
  });

  it("has patterns that mean the same to editors that read them as Unicode", () => {
    const patterns = [...JSON.stringify(schemas[name]).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
    expect(patterns.length).toBeGreaterThan(0);
    for (const [, text = ""] of patterns) new RegExp(JSON.parse(text) as string, "u");
  });
});

describe("the tables of keys", () => {
  it("have a row for each key, or the row of what it is in names it", () => {
    const documented = new Map(rows.map((row) => [row.key, row]));
    const missing = [...keys.keys()].filter((key) => {
      if (documented.has(key)) return false;
      const [, parent = "", name = ""] = /^(.*)\.(\w+)$/.exec(key) ?? [];
      const row = documented.get(parent);
      if (keysOf(keys.get(key)!, "").length > 0) return false;
      return !`${row?.shownDefault} ${row?.meaning}`.includes(name);
    });
    expect(missing).toEqual([]);
  });

  it("have no row for what is no key", () => {
    expect(rows.map(({ key }) => key).filter((key) => !keys.has(key))).toEqual([]);
  });

  it("show the defaults that the program has", () => {
    const wrong = rows.filter(({ key, shownDefault, isAlone }) => {
      const fallback = keys.get(key)?.["default"];
      return isAlone && fallback !== undefined && !shownDefault.includes(show(fallback));
    });
    expect(wrong).toEqual([]);
  });
});

describe("the schemas", () => {
  const ajv = new Ajv({ allErrors: true });
  const checks = {
    services: ajv.compile(schemas.services),
    stack: ajv.compile(schemas.stack),
    access: ajv.compile(schemas.access),
  };
  const problemsOf = (name: (typeof NAMES)[number], content: unknown) => {
    void checks[name](content);
    return (checks[name].errors ?? []).map(
      ({ instancePath, message }) => `${instancePath} ${message}`,
    );
  };
  const read = (file: string) => parse(readFileSync(path.join(ROOT, file), "utf8")) as unknown;

  it("accept the shipped services.yaml", () => {
    expect(problemsOf("services", read("services.yaml"))).toEqual([]);
  });

  it.each(["development", "demo", "production"])("accept the shipped stack %s", (stack) => {
    expect(problemsOf("stack", read(`Pulumi.${stack}.yaml`))).toEqual([]);
  });

  it("accept the access.yaml that its page shows", () => {
    const page = readFileSync(path.join(ROOT, "docs/access.md"), "utf8");
    const [, example = ""] = /```yaml\n# access.yaml\n([^`]*)```/.exec(page) ?? [];
    expect(problemsOf("access", parse(example))).toEqual([]);
  });

  it("accept every setting that the comments of services.yaml show", () => {
    const lines = readFileSync(path.join(ROOT, "services.yaml"), "utf8").split("\n");
    const example = lines.filter((line) => /^# {3,}[a-zA-Z]+:/.test(line));
    const service: unknown = parse(example.map((line) => line.slice(3)).join("\n"));
    expect(problemsOf("services", { services: { "my-service": service } })).toEqual([]);
  });

  it("accept what is Pulumi's own, and keys with nothing behind them", () => {
    const config = { "aws:region": "eu-west-1", "maestro:edge": null, "maestro:kind": null };
    expect(problemsOf("stack", { encryptionsalt: "v1:x", config })).toEqual([]);
  });

  // prettier-ignore
  const WRONG: [what: string, name: (typeof NAMES)[number], content: unknown, place: string][] = [
    ["no services", "services", {}, ""],
    ["a service's name", "services", { services: { Web: {} } }, "/services"],
    ["an unknown setting", "services", { services: { web: { image: "x" } } }, "/services/web"],
    ["a port", "services", { services: { web: { port: 70_000 } } }, "/services/web/port"],
    ["a number as a variable", "services", { services: { web: { env: { A: 1 } } } }, "/services/web/env/A"],
    ["a setting of all services", "services", { defaults: { replicas: 0 }, services: { web: null } }, "/defaults/replicas"],
    ["an unknown key of a stack", "stack", { config: { "maestro:rolout": {} } }, "/config/maestro:rolout"],
    ["a tag for a digest", "stack", { config: { "maestro:release": { web: "latest" } } }, "/config/maestro:release/web"],
    ["a kind", "stack", { config: { "maestro:kind": "dev" } }, "/config/maestro:kind"],
    ["an address", "stack", { config: { "maestro:edge": { listen: "8080" } } }, "/config/maestro:edge/listen"],
    ["a role", "access", { roles: { operater: [] } }, "/roles"],
    ["a repository left open", "access", { roles: { admin: [{ github: { repository: "*" } }] } }, "/roles/admin/0/github/repository"],
    ["a stack's change of a service", "stack", { config: { "maestro:services": { web: { replicas: "2" } } } }, "/config/maestro:services/web/replicas"],
  ];
  it.each(WRONG)("refuse %s", (_what, name, content, place) => {
    const places = problemsOf(name, content).map((problem) => problem.replace(/ .*$/, ""));
    expect(places).toContain(place);
  });
});

function configOf(stack: JsonSchema): JsonSchema {
  return (stack["properties"] as { config: JsonSchema }).config;
}

/** Every key of a schema with its own schema, those inside of it after it. */
function keysOf(schema: JsonSchema, prefix: string): [string, JsonSchema][] {
  const options = [schema, ...((schema["anyOf"] as JsonSchema[] | undefined) ?? [])];
  return options.flatMap((option) =>
    Object.entries((option["properties"] as Record<string, JsonSchema> | undefined) ?? {}).flatMap(
      ([name, of]): [string, JsonSchema][] => [
        [`${prefix}${name}`, of],
        ...keysOf(of, `${prefix}${name}.`),
      ],
    ),
  );
}

/** As YAML writes it on one line. */
function show(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}
