import * as z from "zod/mini";

import { isCredentialVariable } from "../credentials";
import { isPlainObject } from "../plainObject";
import { integer, map, object, text } from "./fields";

const PATH = /^(?!\s*$)[^\0\r\n]{1,1000}$/;
const DOCKERFILE = /^(?!\/)[^\0\r\n]{1,1000}$/;
const PLATFORM = /^[a-z0-9]{1,20}\/[a-z0-9_]{1,20}(?:\/[a-z0-9]{1,20})?$/;
const TARGET = /^[A-Za-z][\w.-]{0,127}$/;
const ARGUMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const SECRET_ID = /^[A-Za-z0-9][\w.-]{0,99}$/;
const MAX_VALUE_LENGTH = 4096;

/** Where the value of a build's secret is. */
export type BuildSecretSource =
  /** Relative to services.yaml, absolute, or from `~/`. */
  | { readonly file: string }
  /** Variable of the environment that `images` runs in. */
  | { readonly environment: string };

/**
 * How `images` makes a service's image. No part of a release: the digest says what was built. Paths are relative to
 * services.yaml, and whether they exist is for `images` to say: a machine that only releases needs no sources.
 */
export const buildSchema = object({
  /** Directory that the Dockerfile may copy from; the one called like the service, beside services.yaml, if left out. */
  context: z.optional(text(PATH, "must be a directory, relative to services.yaml or absolute")),
  /** Relative to the context. */
  dockerfile: z._default(
    text(DOCKERFILE, "must be a path relative to the build's context; for example Dockerfile"),
    "Dockerfile",
  ),
  args: z._default(map<string>("must map build arguments to strings", findArgumentProblem), {}),
  /** Stage to build; the last one if left out. */
  target: z.optional(text(TARGET, "must be the name of a stage in the Dockerfile")),
  /** BuildKit secret -> where its value is. */
  secrets: z._default(
    map<BuildSecretSource>("must map ids of BuildKit secrets to their sources", findSecretProblem),
    {},
  ),
  /** The engine's own if left out. */
  platform: z.optional(
    text(PLATFORM, "must be <os>/<architecture>[/<variant>]; for example linux/amd64"),
  ),
  /** What a host may have to fetch of the image, in millions of bytes; no limit if left out. */
  maximumMegabytes: z.optional(integer(1, 100_000)),
});

/** A service's `build:`, checked. */
export type ParsedBuild = z.infer<typeof buildSchema>;

function findArgumentProblem(name: string, value: unknown): string | undefined {
  if (!ARGUMENT_NAME.test(name) || name === "__proto__") {
    return "is not a valid name of a build argument; use letters, digits and _, no digit first";
  }
  if (typeof value !== "string") return "must be a string; put it in quotes";
  if (isCredentialVariable(name, value)) {
    return "looks like a credential, which the image's history would show; name it under `secrets`";
  }
  return value.length > MAX_VALUE_LENGTH || /[\0\r\n]/.test(value)
    ? `must be one line of at most ${MAX_VALUE_LENGTH} characters; copy longer texts from a file`
    : undefined;
}

function findSecretProblem(id: string, source: unknown): string | undefined {
  if (!SECRET_ID.test(id)) {
    return "is not a valid id of a secret; use letters, digits, . _ and -";
  }
  const { file, environment, ...others } = isPlainObject(source) ? source : {};
  const given = [file, environment].filter((value) => value !== undefined);
  const isSound =
    given.length === 1 &&
    Object.keys(others).length === 0 &&
    (file === undefined || (typeof file === "string" && PATH.test(file) && !file.includes(","))) &&
    (environment === undefined ||
      (typeof environment === "string" && ARGUMENT_NAME.test(environment)));
  return isSound ? undefined : "must be { file: <path> } or { environment: <variable> }; keep one";
}
