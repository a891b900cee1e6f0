import * as z from "zod/mini";

import { PINNED_IMAGE } from "./edge";
import { ABSOLUTE_PATH, distinct, flag, integer, object, oneOf, section, text } from "./fields";
import { scratchPathsSchema } from "./scratch";
import { SECRET_NAME } from "./secrets";
import { command, environment, resources, user } from "./service";

const VOLUME_PATH = new RegExp(
  `(?!^/(?:proc|sys|dev|run/secrets|tmp)(?:/|$))${ABSOLUTE_PATH.source}`,
);

/** A service of kind `stateful`: one container beside both sets, and one volume. No part of a release. */
export const statefulSchema = object({
  kind: oneOf(["stateful"]),
  /** false: the stack runs without it. */
  enabled: z._default(flag(), true),
  image: text(PINNED_IMAGE, "must be pinned by digest; use <repository>@sha256:<64 hex>"),
  /** Where it listens; asked for its health unless that is a command. */
  port: integer(1, 65_535),
  volume: object({
    path: text(
      VOLUME_PATH,
      "must be an absolute path inside the container; not below /proc, /sys, /dev, /tmp or /run/secrets",
    ),
  }),
  command: z._default(z.nullable(command()), null),
  user: user(),
  env: environment(),
  secrets: z._default(
    distinct(
      text(
        SECRET_NAME,
        "must be a name of letters, digits and _, no digit first; the value stays in the secrets store",
      ),
      "must be a list of names; values stay in the secrets store",
    ),
    [],
  ),
  health: section({
    command: z._default(z.nullable(command()), null),
    intervalMilliseconds: z._default(integer(10, 60_000), 500),
    deadlineSeconds: z._default(integer(1, 3600), 60),
  }),
  /** Writes its data to standard output; not part of what runs. */
  backup: z._default(z.nullable(command()), null),
  resources: resources(),
  stopGraceSeconds: z._default(integer(1, 3600), 30),
  scratchPaths: z._default(scratchPathsSchema, ["/tmp"]),
});

/** A stateful service as parsed. */
export type ParsedStateful = z.infer<typeof statefulSchema>;
