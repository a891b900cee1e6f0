import * as z from "zod/mini";

import { referencesOf } from "../../rules/health/smokeTest";
import type { SmokeStep } from "../../rules/health/healthGate";
import { looksLikeCredential } from "../credentials";
import { expressionSchema } from "./expression";
import { decimal, distinct, integer, list, map, object, text } from "./fields";

const NAME = /^[^\p{Cc}]{1,100}$/u;
const PATH = /^\/[!-~]{0,1999}$/;
const FINGERPRINT = /^[0-9a-f]{12}$/;
const METHOD = /^[A-Z]{3,10}$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;
const VARIABLE = /^[A-Za-z_]\w{0,63}$/;

const stepSchema = object({
  method: z.optional(text(METHOD, "must be a method in capitals; such as POST")),
  path: text(PATH, "must be a path as users ask for it; such as /orders/17?full=1"),
  headers: z.optional(map<string>("must map headers to texts", findHeaderProblem)),
  body: z.optional(z.unknown()),
  status: z.optional(integer(100, 599)),
  answerHeaders: z.optional(map<string>("must map headers to texts", findHeaderProblem)),
  json: z.optional(map<unknown>("must map JSON Pointers to values", findPointerProblem)),
  contains: z.optional(text(/^[^]{1,1000}$/, "must be a text of 1 to 1000 characters")),
  capture: z.optional(
    map<string>("must map names to JSON Pointers or headers", findCaptureProblem),
  ),
});

const smokeTestSchema = object({
  name: text(NAME, "must be a name for messages"),
  steps: list(stepSchema, "must be a list of requests", 50).check(
    z.minLength(1, { error: "must have a request; such as - { path: /orders/ }" }),
  ),
}).check(({ value: { steps }, issues }) => {
  const captured = new Set<string>();
  steps.forEach((step, index) => {
    for (const name of referencesOf(step as SmokeStep)) {
      if (captured.has(name)) continue;
      const message = `uses \${${name}}, which no step before it captures; capture it there`;
      issues.push({ code: "custom", message, path: ["steps", index], input: step.path });
    }
    Object.keys(step.capture ?? {}).forEach((name) => captured.add(name));
  });
});

/** What must hold of a service before its set may take traffic. No part of the release. */
export const healthGateSchema = object({
  checks: z.optional(
    distinct(
      text(NAME, "must be the name of a part"),
      "must be a list of names; such as [database]",
    ),
  ),
  maximumMilliseconds: z.optional(integer(1, 60_000)),
  memoryShare: z.optional(decimal(0.05, 1)),
  logErrors: z.optional(
    distinct(expressionSchema("^Traceback"), "must be a list of regular expressions", 20),
  ),
  smokeTests: z.optional(list(smokeTestSchema, "must be a list of smoke tests", 50)),
  openapi: z.optional(
    object({
      path: text(PATH, "must be a path as users ask for it; such as /orders/openapi.json"),
      accept: z._default(
        distinct(
          text(
            FINGERPRINT,
            'must be a fingerprint as the message names it; such as "0de398239258"',
          ),
          'must be a list of fingerprints; such as ["0de398239258"]',
          200,
        ),
        [],
      ),
    }),
  ),
});

function findHeaderProblem(name: string, value: unknown): string | undefined {
  if (!HEADER.test(name)) return "is no name of a header; such as Accept";
  if (typeof value !== "string" || /[\r\n\0]/.test(value))
    return "must be a text of one line; put it in quotes";
  return looksLikeCredential(value)
    ? "looks like a credential; use a module in rollout.checks, which can read it from the environment"
    : undefined;
}

function findPointerProblem(pointer: string): string | undefined {
  return POINTER.test(pointer) ? undefined : "is no JSON Pointer; such as /items/0/id";
}

function findCaptureProblem(name: string, from: unknown): string | undefined {
  if (!VARIABLE.test(name)) return "is no name; use letters, digits and _";
  if (typeof from === "string" && (POINTER.test(from) || HEADER.test(from))) return undefined;
  return "must be a JSON Pointer or a header; such as /id or Location";
}
