import * as z from "zod/mini";

import { acmeSchema } from "./acme";
import { addressRange } from "./addressRange";
import {
  ABSOLUTE_PATH,
  decimal,
  distinct,
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
export const PINNED_IMAGE = new RegExp(
  `^(?=.{1,400}$)(?:${REGISTRY_HOST}/)?${REPOSITORY_PATH}(?::\\w[\\w.-]{0,127})?@sha256:[0-9a-f]{64}$`,
);

const certificatePath = () =>
  text(ABSOLUTE_PATH, "must be an absolute path on the Docker host; give both files, PEM");

/** `maestro:edge`: the nginx in front of both sets. */
export const edgeSchema = section({
  image: text(
    PINNED_IMAGE,
    "must be pinned by digest; use <repository>@sha256:<64 hex>, which `maestro setup` writes",
  ),
  listen: z.prefault(listenAddress(), "127.0.0.1:8080"),
  /** Shows the idle set: keep it on loopback or a private network. */
  preview: z.prefault(listenAddress(), "127.0.0.1:8081"),
  tls: z._default(
    z.nullable(
      object({
        listen: z.prefault(listenAddress(), "127.0.0.1:8443"),
        certificateFile: z.exactOptional(certificatePath()),
        keyFile: z.exactOptional(certificatePath()),
        /** In place of both files. */
        acme: z.exactOptional(acmeSchema),
        /** Sends users of plain HTTP to https. */
        redirect: z._default(flag(), false),
      }),
    ),
    null,
  ),
  publicHost: z._default(
    text(DNS_NAME, "must be a DNS name in lower case; without scheme and port"),
    "localhost",
  ),
  /** Load balancers in front of the edge. */
  trustedProxies: z._default(
    distinct(addressRange(), "must be a list of address ranges such as 10.0.0.0/16"),
    [],
  ),
  gzip: z._default(flag(), true),
  securityHeaders: z._default(flag(), true),
  /**
   * Limits of a request's headers, as AWS's Application Load Balancer has them: "request line 16 K, single header 16 K,
   * entire request header 64 K". They hold before a route is known, so no route has its own.
   */
  maxHeaderLineKilobytes: z._default(integer(4, 64), 16),
  maxHeaderKilobytes: z._default(integer(8, 512), 64),
  memoryMegabytes: z._default(integer(16, 1_048_576), 256),
  maxConcurrentRequestsPerClient: z._default(integer(1, 100_000), 512),
  /** Left out: a client's `traceparent` passes through, and the log names no trace. */
  tracing: z.exactOptional(
    object({
      trustClients: z._default(flag(), false),
      sampled: z._default(decimal(0, 1), 1),
    }),
  ),
});
