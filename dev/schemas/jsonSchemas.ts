import * as z from "zod/mini";

import { isPlainObject } from "../../config/plainObject";
import { accessSchema } from "../../config/schemas/access";
import { serviceSchema } from "../../config/schemas/service";
import { MAX_SERVICES } from "../../config/schemas/servicesFile";
import { statefulSchema } from "../../config/schemas/stateful";
import { stackSchema } from "../../config/schemas/stack";
import { CUSTOM_KEYS, type JsonSchema } from "./customKeys";
import { describeKey, type DocumentedKey } from "./keyTable";

const DIALECT = "http://json-schema.org/draft-07/schema#";
const NAMES = { pattern: "^[a-z][a-z0-9-]{0,39}$" };

/** What editors check `services.yaml`, `Pulumi.<stack>.yaml` and `access.yaml` by, while they are written. */
export interface JsonSchemas {
  readonly access: JsonSchema;
  readonly services: JsonSchema;
  readonly stack: JsonSchema;
}

/**
 * Makes both from the program's own schemas. They are looser: keys that have a default only in some stacks may be left
 * out, a service's settings may be spread over three places, and rules across keys are the preview's.
 */
export function createJsonSchemas(documented: readonly DocumentedKey[]): JsonSchemas {
  const texts = new Map(documented.map((row) => [row.key, describeKey(row)]));
  const service = createSchema(serviceSchema, "services.*.", texts);
  const stateful = { ...createSchema(statefulSchema, "stateful.*.", texts), required: ["kind"] };
  const overrides = { ...createServices(service, stateful), description: texts.get("services") };
  const stack = createSchema(stackSchema, "", texts);
  const keys = Object.entries({ ...propertiesOf(stack), services: overrides });
  return {
    access: createAccess(),
    services: {
      $schema: DIALECT,
      title: "services.yaml of maestro",
      description: "The services of all stacks. `pulumi preview` checks more than an editor can.",
      type: "object",
      additionalProperties: false,
      required: ["services"],
      properties: {
        defaults: { description: "Settings that every service gets", ...reference },
        services: {
          description: "Name -> settings; a name alone means all defaults",
          ...createServices(reference, { $ref: "#/definitions/stateful" }),
          minProperties: 1,
          maxProperties: MAX_SERVICES,
        },
      },
      definitions: { service, stateful },
    },
    stack: {
      $schema: DIALECT,
      title: "Pulumi.<stack>.yaml with maestro's keys",
      description:
        "maestro's keys of a stack; all others are Pulumi's. `pulumi preview` checks more than an editor can.",
      type: "object",
      properties: {
        config: {
          type: ["object", "null"],
          properties: Object.fromEntries(keys.map(([key, of]) => [`maestro:${key}`, orEmpty(of)])),
          patternProperties: {
            [`^maestro:(?!(?:${keys.map(([key]) => key).join("|")})$)`]: false,
          },
        },
      },
    },
  };
}

/** What its page says of each key is there, not here: one line is mostly all there is to know of one. */
function createAccess(): JsonSchema {
  return {
    $schema: DIALECT,
    title: "access.yaml of maestro",
    description: "Who may do what, see docs/access.md. A command checks more than an editor can.",
    ...toJson(accessSchema),
  };
}

const reference: JsonSchema = { $ref: "#/definitions/service" };

function createServices(service: JsonSchema, stateful: JsonSchema): JsonSchema {
  return {
    type: "object",
    propertyNames: NAMES,
    additionalProperties: { anyOf: [service, stateful, { type: "null" }] },
  };
}

/** One of the program's schemas, every key with its description and without what is required. */
function createSchema(
  schema: z.core.$ZodType,
  prefix: string,
  texts: ReadonlyMap<string, string>,
): JsonSchema {
  return complete(toJson(schema), prefix, texts);
}

function toJson(schema: z.core.$ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  delete json["$schema"];
  return json;
}

function complete(
  node: JsonSchema,
  prefix: string,
  texts: ReadonlyMap<string, string>,
): JsonSchema {
  const fallback = node["default"];
  const options = node["anyOf"] as JsonSchema[] | undefined;
  const rest = Object.entries(node).filter(([it]) => it !== "required" && it !== "default");
  return {
    ...Object.fromEntries(rest),
    ...(options && { anyOf: options.map((option) => complete(option, prefix, texts)) }),
    ...(node["properties"] === undefined
      ? {}
      : { properties: completeKeys(propertiesOf(node), prefix, texts) }),
    // Null is "none", in the words of the description.
    ...(fallback === undefined || fallback === null || isPlainObject(fallback)
      ? {}
      : { default: fallback }),
  };
}

function completeKeys(
  properties: Readonly<Record<string, JsonSchema>>,
  prefix: string,
  texts: ReadonlyMap<string, string>,
): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([name, of]) => {
      const key = `${prefix}${name}`;
      const description = texts.get(key);
      return [
        name,
        {
          ...(description === undefined ? {} : { description }),
          ...complete({ default: of["default"], ...(CUSTOM_KEYS[key] ?? of) }, `${key}.`, texts),
        },
      ];
    }),
  );
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return schema["properties"] as Record<string, JsonSchema>;
}

/** A key with nothing behind it counts as left out. */
function orEmpty(schema: JsonSchema): JsonSchema {
  const { anyOf, type, ...rest } = schema;
  if (Array.isArray(anyOf)) {
    const options = anyOf as JsonSchema[];
    const isThere = options.some((option) => option["type"] === "null");
    return { ...rest, anyOf: isThere ? options : [...options, { type: "null" }] };
  }
  const values = rest["enum"] as unknown[] | undefined;
  const types = [...new Set([type, "null"].flat())];
  return { ...rest, type: types, ...(values && { enum: [...values, null] }) };
}
