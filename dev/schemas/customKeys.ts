/** A JSON Schema, or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

const SCRATCH_PATH = { type: "string", pattern: "^/(?!(?:proc|sys|dev|run/secrets)(?:/|$))" };
const SECRET_NAME = { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" };
const TEXT = { type: "string" };

const KEYS: Readonly<Record<string, JsonSchema>> = {
  hostKey: { anyOf: [TEXT, { type: "array", items: TEXT, maxItems: 10 }] },
  release: {
    type: "object",
    minProperties: 1,
    additionalProperties: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
  },
  // Relative to the project where the kind is `local`.
  directory: { type: "string", pattern: "^[A-Za-z0-9._@+/-]{1,1000}$" },
  // The program's pattern needs the flag `u`, which not every editor sets.
  pinReason: { type: "string", minLength: 8, maxLength: 300 },
  "migrations.compatible": mapOf({
    type: "array",
    items: { type: "string", pattern: "^[A-Za-z0-9_]{1,64}$" },
  }),
  "packages.versions": mapOf(
    record({ version: { ...TEXT, minLength: 1 }, sha256: { ...TEXT, pattern: "^[0-9a-f]{64}$" } }),
  ),
  "services.*.env": {
    ...mapOf(TEXT),
    propertyNames: { pattern: "^(?![Mm][Aa][Ee][Ss][Tt][Rr][Oo]_)[A-Za-z_][A-Za-z0-9_]{0,127}$" },
  },
  "services.*.secrets": {
    type: "array",
    maxItems: 100,
    items: {
      anyOf: [SECRET_NAME, record({ name: SECRET_NAME }, { environment: { type: "boolean" } })],
    },
  },
  "services.*.scratchPaths": {
    type: "array",
    maxItems: 20,
    items: {
      anyOf: [
        SCRATCH_PATH,
        record({
          path: SCRATCH_PATH,
          megabytes: { type: "integer", minimum: 1, maximum: 1_048_576 },
        }),
      ],
    },
  },
  "services.*.resources.cpus": {
    anyOf: [
      { type: "string", pattern: "^(?:\\d{1,2}|1\\d\\d)(?:\\.\\d{1,3})?$" },
      { type: "number", minimum: 0.01, maximum: 200 },
    ],
  },
  "services.*.build.args": mapOf(TEXT),
  "services.*.build.secrets": mapOf({
    anyOf: [record({ file: TEXT }), record({ environment: TEXT })],
  }),
};

/** Keys of services that stateful ones have, too; their secrets are names alone. */
const SHARED = ["env", "scratchPaths", "resources.cpus"];

/**
 * The shape of keys that are checked by functions, which have no JSON Schema. Each accepts all that the function accepts;
 * what only the function can tell is left to the preview.
 */
export const CUSTOM_KEYS: Readonly<Record<string, JsonSchema>> = {
  ...KEYS,
  ...Object.fromEntries(SHARED.map((key) => [`stateful.*.${key}`, KEYS[`services.*.${key}`]!])),
};

function mapOf(values: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: values };
}

/** An object with these fields and no others. */
function record(required: JsonSchema, optional: JsonSchema = {}): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    properties: { ...required, ...optional },
    required: Object.keys(required),
  };
}
