import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";
import { STACK_KINDS } from "../stackKind";
import { doctorSchema } from "./doctor";
import { backupsSchema } from "./backups";
import { edgeSchema } from "./edge";
import { noticesSchema } from "./notices";
import { gatesSchema, overrideSchema } from "./gates";
import { object, oneOf, text } from "./fields";
import { hostKeySchema, hostSchema, identityFileSchema } from "./host";
import { identitySchema } from "./identity";
import { directorySchema, networkSchema } from "./network";
import { migrationsSchema, postgresSchema } from "./database";
import { observabilitySchema } from "./observability";
import { packagesSchema } from "./packages";
import { policySchema } from "./policy";
import { minimumSoakSchema, pinReasonSchema, promoteFromSchema } from "./promotion";
import { pruneSchema } from "./prune";
import { registrySchema } from "./registry";
import { releaseIdSchema, releaseSchema } from "./release";
import { rolloutSchema } from "./rollout";
import { secretsSchema } from "./secrets";

/** The keys of Pulumi.<stack>.yaml that start with `maestro:`. */
export const stackSchema = object({
  kind: oneOf(STACK_KINDS),
  registry: registrySchema,
  packages: z.optional(packagesSchema),
  postgres: z.optional(postgresSchema),
  migrations: migrationsSchema,
  backups: z._default(z.nullable(backupsSchema), null),
  edge: edgeSchema,
  rollout: rolloutSchema,
  host: z._default(z.nullable(hostSchema), null),
  hostKey: z._default(hostKeySchema, []),
  identityFile: z._default(z.nullable(identityFileSchema), null),
  network: networkSchema,
  directory: directorySchema,
  secrets: secretsSchema,
  identity: z._default(z.nullable(identitySchema), null),
  /** May be left out where releases are promoted, and before the first images of a registry that the stack makes. */
  release: z.optional(releaseSchema),
  promoteFrom: z._default(z.nullable(promoteFromSchema), null),
  minimumSoak: z.prefault(minimumSoakSchema, "24h"),
  pinReason: z._default(z.nullable(pinReasonSchema), null),
  /** Checked with the services they change. */
  services: z._default(
    z.custom<Readonly<Record<string, unknown>>>(isPlainObject, {
      error: "must map services to the settings this stack changes",
    }),
    {},
  ),
  settingsFrom: z._default(z.nullable(releaseIdSchema), null),
  allowRejected: z._default(z.nullable(releaseIdSchema), null),
  gates: z._default(z.nullable(gatesSchema), null),
  notices: z._default(z.nullable(noticesSchema), null),
  observability: z._default(z.nullable(observabilitySchema), null),
  override: z._default(z.nullable(overrideSchema), null),
  policy: z._default(z.nullable(policySchema), null),
  prune: z._default(z.nullable(pruneSchema), null),
  doctor: z._default(z.nullable(doctorSchema), null),
  /** Read before everything else, by ../readSettings.ts. */
  servicesFile: z._default(
    text(/^[\w./@+ -]{1,200}\.ya?ml$/, "must be the path of a .yaml file"),
    "services.yaml",
  ),
});

export type ParsedStack = z.infer<typeof stackSchema>;
