import * as z from "zod/mini";

import {
  ABSOLUTE_PATH,
  DNS_NAME,
  flag,
  integer,
  listenAddress,
  object,
  REGISTRY_HOST,
  REPOSITORY_PATH,
  section,
  text,
} from "./fields";

/** `[host[:port]/]path[:tag]@sha256:digest` */
const PINNED_IMAGE = new RegExp(
  `^(?=.{1,400}$)(?:${REGISTRY_HOST}/)?${REPOSITORY_PATH}(?::\\w[\\w.-]{0,127})?@sha256:[0-9a-f]{64}$`,
);

const certificatePath = () =>
  text(ABSOLUTE_PATH, "must be an absolute path on the Docker host; give both files, PEM");

/** `maestro:edge`: the nginx in front of both sets. */
export const edgeSchema = section({
  image: text(
    PINNED_IMAGE,
    "must be pinned by digest; use <repository>@sha256:<64 hex>, which `make up` writes",
  ),
  listen: z.prefault(listenAddress(), "127.0.0.1:8080"),
  /** Shows the idle set: keep it on loopback or a private network. */
  preview: z.prefault(listenAddress(), "127.0.0.1:8081"),
  tls: z._default(
    z.nullable(
      object({
        listen: z.prefault(listenAddress(), "127.0.0.1:8443"),
        certificateFile: certificatePath(),
        keyFile: certificatePath(),
      }),
    ),
    null,
  ),
  publicHost: z._default(
    text(DNS_NAME, "must be a DNS name in lower case; without scheme and port"),
    "localhost",
  ),
  gzip: z._default(flag(), true),
  securityHeaders: z._default(flag(), true),
  memoryMegabytes: z._default(integer(16, 1_048_576), 256),
});
