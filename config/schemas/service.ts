import * as z from "zod/mini";

import { isCredentialVariable, looksLikeCredential } from "../credentials";
import {
  distinct,
  DNS_NAME,
  flag,
  integer,
  list,
  map,
  object,
  oneOf,
  REGISTRY_HOST,
  REPOSITORY_PATH,
  section,
  text,
} from "./fields";
import { buildSchema } from "./build";
import { dependenciesSchema } from "./dependencies";
import { healthGateSchema } from "./healthGate";
import { routeSchema } from "./route";
import { scratchPathsSchema } from "./scratch";
import { secretUsesSchema } from "./secrets";
import { siteSchema } from "./site";
import { sloSchema } from "./slo";

export const SERVICE_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const REPOSITORY = new RegExp(`^(?=.{1,255}$)${REGISTRY_HOST}/${REPOSITORY_PATH}$`);
const URL_PATH = /^(?=.{1,200}$)(?!.*\/\.{1,2}(?:\/|$))\/(?:[\w.~-]+(?:\/[\w.~-]+)*\/?)?$/;
const USER = /^[1-9]\d{0,8}(?::[1-9]\d{0,8})?$/;
const CPUS = /^(?:\d{1,2}|1\d\d)(?:\.\d{1,3})?$/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_VALUE_LENGTH = 32_768;
/** Half of a pair of surrogates has no UTF-8: on its way to the container it would become another character. */
const HALF_CHARACTER = /\p{Surrogate}/u;
const NOT_UNICODE = "must be Unicode text, has half a character; check escapes such as \\ud800";

const MOVE_TO_SECRETS = "keep the value in the secrets store and name it under `secrets`";

/** One service: services.yaml's `defaults`, its entry there and the stack's override, merged. */
export const serviceSchema = object({
  /** false: the stack runs without this service. */
  enabled: z._default(flag(), true),
  /** `<registry address>/<registry namespace>/<name>` if left out. */
  repository: z.optional(
    z
      .string({ error: "must be a repository such as docker.io/library/nginx" })
      .check(({ value, issues }) => {
        const message = findRepositoryProblem(value);
        if (message !== undefined) {
          issues.push({ code: "custom", message, input: value });
        }
      }),
  ),
  /** `static`: files that nginx answers, in an image that `images` makes of them; left out: any container. */
  kind: z.optional(oneOf(["static"])),
  /** How `images` makes the image; no part of the release. */
  build: z.optional(buildSchema),
  /** The files of kind `static`; no part of the release. */
  site: z.optional(siteSchema),
  port: z._default(integer(1, 65_535), 8000),
  replicas: z._default(integer(1, 16), 1),
  command: z._default(z.nullable(command()), null),
  user: user(),
  env: environment(),
  secrets: z._default(secretUsesSchema, []),
  migration: z._default(z.nullable(object({ command: command() })), null),
  health: section({
    livePath: z._default(urlPath(), "/health"),
    readyPath: z._default(urlPath(), "/ready"),
    passes: z._default(integer(1, 100), 2),
    intervalMilliseconds: z._default(integer(10, 60_000), 100),
    deadlineSeconds: z._default(integer(1, 3600), 30),
    // Both stay out of the release record when left out, so that older records keep their ids.
    host: z.exactOptional(
      text(DNS_NAME, "must be a DNS name in lower case; without scheme and port"),
    ),
    scheme: z.exactOptional(oneOf(["http", "https"])),
  }),
  /** What must hold before its set takes traffic; no part of the release. */
  healthGate: z.optional(healthGateSchema),
  slo: sloSchema,
  route: routeSchema,
  resources: resources(),
  /** The drain time if left out. */
  stopGraceSeconds: z.optional(integer(1, 3600)),
  scratchPaths: z._default(scratchPathsSchema, ["/tmp"]),
  /** Where volumes are that the image declares. */
  imageVolumes: z._default(oneOf(["memory", "disk"]), "memory"),
  dependsOn: z._default(
    distinct(
      text(SERVICE_NAME, "must be the name of a service"),
      "must be a list of service names",
    ),
    [],
  ),
  /** What else it cannot do without; no part of the release. */
  dependencies: z.optional(dependenciesSchema),
});

/** A service as parsed: what depends on the stack or on its name may still be missing. */
export type ParsedService = z.infer<typeof serviceSchema>;

/** User of a container's process. */
export function user() {
  return z._default(
    text(USER, 'must be a non-zero uid or uid:gid, in quotes; for example "10001:10001"'),
    "10001:10001",
  );
}

/** Plain variables of a container. */
export function environment() {
  return z._default(map<string>("must map variable names to strings", findVariableProblem), {});
}

/** What a container may use. */
export function resources() {
  return section({
    memoryMegabytes: z._default(integer(16, 1_048_576), 256),
    cpus: z._default(
      z.pipe(
        z.custom<string | number>(isCpus, {
          error: 'must be a number of processors from "0.01" to "199"',
        }),
        z.transform((value: string | number) => String(Number(value))),
      ),
      "1",
    ),
    pids: z._default(integer(8, 32_768), 256),
  });
}

/** A command as a list of words. @param empty what is said of a list without any. */
export function command(empty = "must not be empty; leave it out to run the image's command") {
  return list(
    z.string({ error: "must be a string; put it in quotes" }).check(
      z.refine((value) => !value.includes("\0") && value.length <= MAX_VALUE_LENGTH, {
        error: `must have no NUL and at most ${MAX_VALUE_LENGTH} characters`,
      }),
      z.refine((value) => !HALF_CHARACTER.test(value), { error: NOT_UNICODE }),
      z.refine((value) => !looksLikeCredential(value), {
        error: `looks like a credential; ${MOVE_TO_SECRETS}`,
      }),
    ),
    'must be a list of strings; write ["python", "-m", "app"]',
  ).check(z.minLength(1, { error: empty }));
}

function isCpus(value: unknown): boolean {
  return (
    (typeof value === "string" || typeof value === "number") &&
    CPUS.test(String(value)) &&
    Number(value) >= 0.01
  );
}

function urlPath() {
  return text(
    URL_PATH,
    'must be a path that starts with "/"; letters, digits, / . _ ~ and - without a query',
  );
}

function findRepositoryProblem(value: string): string | undefined {
  if (REPOSITORY.test(value)) {
    return undefined;
  }
  if (value.includes("@")) {
    return "must not carry a digest; the digest goes to maestro:release";
  }
  if (/:[^/]*$/.test(value) && value.includes("/")) {
    return "must not carry a tag; the image is chosen by the digest in maestro:release";
  }
  return "must be <registry host>/<path> in lower case; for example docker.io/library/nginx";
}

function findVariableProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== "string") {
    return "must be a string; put it in quotes";
  }
  if (!VARIABLE_NAME.test(name) || name === "__proto__") {
    return "is not a valid variable name; use letters, digits and _, no digit first";
  }
  if (/^MAESTRO_/i.test(name)) {
    return "is reserved; maestro sets the variables that start with MAESTRO_";
  }
  if (isCredentialVariable(name, value)) {
    return `looks like a credential; ${MOVE_TO_SECRETS}`;
  }
  if (/[\0\r\n]/.test(value)) {
    return "must have no line break and no NUL; pass longer texts as a file in the image";
  }
  if (HALF_CHARACTER.test(value)) {
    return NOT_UNICODE;
  }
  if (value.length > MAX_VALUE_LENGTH) {
    return `must have at most ${MAX_VALUE_LENGTH} characters; pass longer texts as a file`;
  }
  return undefined;
}
