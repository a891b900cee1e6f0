import { readFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { packageRoot } from "../../../config/project";
import type { JsonSchema } from "../../../dev/schemas/customKeys";
import { guidePages, readPage } from "../../support/markdown";

const read = (name: string) =>
  JSON.parse(
    readFileSync(path.join(packageRoot(), "schemas", `${name}.schema.json`), "utf8"),
  ) as JsonSchema;
const schemas = { stack: read("stack"), services: read("services") };
const CONFIG = (schemas.stack["properties"] as { config: JsonSchema }).config;
/** A key of a stack, with what is inside of it: `maestro:edge.listen`, `maestro:gates.modules[0].module`. */
const KEY = /(?<![\w/`.-])maestro:[a-z]\w*(?:\.[a-zA-Z][\w-]*|\[\d+\])*(?![\w:@/-])/g;
/** What begins as a key does: types of resources. */
const TYPES = /^maestro:(?:components|index|nodejs)/;

describe.each(guidePages())("%s", (page) => {
  const { blocks, code } = readPage(page);

  it("names keys that there are", () => {
    const texts = [...code, ...blocks.map(({ text }) => text)];
    const named = texts.flatMap((text) => text.match(KEY) ?? []);
    expect(named.filter((key) => !TYPES.test(key) && !isKey(key))).toEqual([]);
  });

  it("shows settings as the schemas have them", () => {
    const shown = blocks.filter(({ language }) => language === "yaml");
    expect(shown.flatMap(({ text }) => problemsOf(parse(text)))).toEqual([]);
  });
});

it.each([
  ["maestro:rolout", false],
  ["maestro:edge.listening", false],
  ["maestro:edge.listen", true],
  ["maestro:release.web", true],
  ["maestro:gates.modules[0].module", true],
])("knows whether %s is a key: %s", (key, expected) => {
  expect(isKey(key)).toBe(expected);
});

it("finds a setting that there is not", () => {
  expect(problemsOf({ config: { "maestro:rollout": { bakeSecond: 1 } } })).not.toEqual([]);
  expect(problemsOf({ services: { web: { image: "x" } } })).not.toEqual([]);
});

function isKey(key: string): boolean {
  const steps = key.split(/\.|\[/);
  const [first = "", ...inside] = steps;
  let schemasHere = optionsOf(propertyOf(CONFIG, first));
  for (const step of inside) {
    schemasHere = schemasHere.flatMap((schema) => optionsOf(propertyOf(schema, step)));
  }
  return schemasHere.length > 0;
}

function propertyOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  if (name.endsWith("]")) return schema["items"] as JsonSchema | undefined;
  const own = (schema["properties"] as Record<string, JsonSchema> | undefined)?.[name];
  const any = schema["additionalProperties"];
  return own ?? (typeof any === "object" ? (any as JsonSchema) : undefined);
}

/** A schema and all that it may be instead, references followed. */
function optionsOf(schema: JsonSchema | undefined): JsonSchema[] {
  if (schema === undefined) return [];
  const reference = /^#\/definitions\/(\w+)$/.exec((schema["$ref"] as string | undefined) ?? "");
  const definitions = schemas.stack["definitions"] as Record<string, JsonSchema> | undefined;
  const target = reference ? [definitions?.[reference[1]!]] : [];
  const options = [...target, ...((schema["anyOf"] as JsonSchema[] | undefined) ?? [])];
  return [schema, ...options.flatMap(optionsOf)];
}

/** What a schema says of a shown part of a stack file or of services.yaml; nothing where it is neither. */
function problemsOf(shown: unknown): string[] {
  const ajv = new Ajv({ allErrors: true, strict: false });
  const name = ["config", "services"].find(
    (key) => typeof shown === "object" && shown !== null && key in shown,
  );
  if (name === undefined) return [];
  const check = ajv.compile(name === "config" ? schemas.stack : schemas.services);
  void check(shown);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
