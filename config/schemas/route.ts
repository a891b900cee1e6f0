import * as z from "zod/mini";

import { distinct, DNS_NAME, flag, integer, MAX_HASHED_LENGTH, section, text } from "./fields";

const ROUTE_PATH = /^(?=.{1,200}$)(?!.*\/\.{1,2}\/)\/(?:[\w.~-]+\/)*$/;
const HOST = new RegExp(`(?=.{1,${MAX_HASHED_LENGTH}}$)${DNS_NAME.source}`);
const ORIGIN = new RegExp(
  `^(?=.{1,${MAX_HASHED_LENGTH}}$)(?:\\*|https?://${DNS_NAME.source.slice(1, -1)}(?::[1-9]\\d{0,4})?)$`,
);
/** The edge answers below this path itself. */
const RESERVED_PATH = "/edge/";

/** How requests reach a service. */
export const routeSchema = section({
  /** `/<name>/` if left out. */
  path: z.optional(
    text(
      ROUTE_PATH,
      'must start and end with "/"; letters, digits, . _ ~ and - between the slashes',
    ).check(
      z.refine((path) => !path.startsWith(RESERVED_PATH), {
        error: "is below /edge/, which the edge itself answers; choose another path",
      }),
    ),
  ),
  host: z._default(
    z.nullable(text(HOST, "must be a DNS name in lower case; without scheme and port")),
    null,
  ),
  stripPrefix: z._default(flag(), true),
  maxBodyMegabytes: z._default(integer(1, 10_240), 10),
  /** 32 if left out. */
  maxAnswerHeaderKilobytes: z.optional(integer(4, 1024)),
  readTimeoutSeconds: z._default(integer(1, 86_400), 60),
  rateLimitPerSecond: z._default(z.nullable(integer(1, 100_000)), null),
  maxConcurrentRequests: z.exactOptional(integer(1, 100_000)),
  /** Files whose names change with their content. */
  assets: z.exactOptional(folderSchema()),
  corsOrigins: z._default(
    distinct(
      text(ORIGIN, 'must be an origin such as https://app.example.com; or "*" for every origin'),
      "must be a list of origins",
    ).check(
      z.refine((origins) => !origins.includes("*") || origins.length === 1, {
        error: 'must not mix "*" with other origins; keep one or the other',
      }),
    ),
    [],
  ),
});

/** A folder of hashed files, below the path of its route. */
export function folderSchema() {
  return text(
    ROUTE_PATH,
    'must start and end with "/"; it is below the route\'s path, for example /assets/',
  ).check(
    z.refine((path) => path !== "/", {
      error: "must not be the whole route, whose pages change; name a folder such as /assets/",
    }),
  );
}
