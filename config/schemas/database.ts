import * as z from "zod/mini";

import { integer, map, object, oneOf, section, text } from "./fields";

const IMAGE = /^[a-z0-9.-]+(?::\d+)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/;
const REVISION = /^[A-Za-z0-9_]{1,64}$/;

/** `maestro:postgres`: a PostgreSQL of the stack's own, beside its containers. */
export const postgresSchema = object({
  image: text(IMAGE, "must be pinned by digest: <repository>@sha256:<64 hex>; `make up` writes it"),
  memoryMegabytes: z._default(integer(64, 1_048_576), 256),
});

/** `maestro:migrations`: how services' databases are migrated. */
export const migrationsSchema = section({
  timeoutSeconds: z._default(integer(1, 86_400), 600),
  lockWaitSeconds: z._default(integer(0, 3600), 30),
  compatible: z._default(
    map<readonly string[]>("must map services to lists of revisions", (_service, revisions) =>
      Array.isArray(revisions) &&
      revisions.every((each) => typeof each === "string" && REVISION.test(each))
        ? undefined
        : 'must be a list of revisions in quotes; for example ["0004"]',
    ),
    {},
  ),
  backup: z._default(oneOf(["destructive", "always", "never"]), "destructive"),
  keepBackups: z._default(integer(1, 1000), 10),
});
