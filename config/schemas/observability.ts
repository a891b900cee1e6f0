import * as z from "zod/mini";

import { PINNED_IMAGE } from "./edge";
import { wallTimeSchema } from "./waiver";
import { ABSOLUTE_PATH, integer, listenAddress, object, oneOf, section, text } from "./fields";

const pinnedImage = () =>
  text(PINNED_IMAGE, "must be pinned by digest; use <repository>@sha256:<64 hex>");

/** Neither server asks who somebody is. */
const loopback = (standard: string) =>
  z.prefault(
    listenAddress().check(({ value, issues }) => {
      if (value.address.startsWith("127.")) return;
      issues.push({
        code: "custom",
        message: "must be on loopback, since nothing there asks for a login; such as " + standard,
        input: `${value.address}:${value.port}`,
      });
    }),
    standard,
  );

const scrapeSchema = section({
  path: z._default(text(ABSOLUTE_PATH, "must be a path such as /metrics"), "/metrics"),
});

/** Service -> secret -> when it ends, in UTC. */
const secretsEnd = z.record(
  z.string(),
  z.record(z.string(), wallTimeSchema(), {
    error: 'must map secrets to the day on which they end; such as {API_KEY: "2027-01-31"}',
  }),
  { error: "must map services to their secrets that end" },
);

/** `maestro:observability`: metrics and alerts of the stack, logs and traces too, beside its releases. */
export const observabilitySchema = object({
  profile: oneOf(["minimal", "full"]),
  prometheus: object({
    image: pinnedImage(),
    listen: loopback("127.0.0.1:9090"),
    memoryMegabytes: z._default(integer(128, 1_048_576), 512),
    retentionDays: z._default(integer(1, 3650), 15),
    retentionGigabytes: z._default(integer(1, 10_000), 5),
    scrapeSeconds: z._default(integer(1, 300), 15),
  }),
  alertmanager: object({
    image: pinnedImage(),
    listen: loopback("127.0.0.1:9093"),
    memoryMegabytes: z._default(integer(32, 1_048_576), 64),
    retentionDays: z._default(integer(1, 365), 5),
  }),
  /** Which of these three a profile has is checked in ../stackRules.ts. */
  victoriaLogs: z.exactOptional(
    object({
      image: pinnedImage(),
      listen: loopback("127.0.0.1:9428"),
      memoryMegabytes: z._default(integer(64, 1_048_576), 512),
      retentionDays: z._default(integer(1, 3650), 7),
      retentionGigabytes: z._default(integer(1, 10_000), 5),
    }),
  ),
  loki: z.exactOptional(
    object({
      image: pinnedImage(),
      listen: loopback("127.0.0.1:3100"),
      memoryMegabytes: z._default(integer(128, 1_048_576), 512),
      retentionDays: z._default(integer(1, 3650), 7),
    }),
  ),
  jaeger: z.exactOptional(
    object({
      image: pinnedImage(),
      listen: loopback("127.0.0.1:16686"),
      memoryMegabytes: z._default(integer(128, 1_048_576), 512),
      retentionDays: z._default(integer(1, 365), 3),
    }),
  ),
  exporter: section({ port: z._default(integer(1024, 65_535), 9464) }),
  scrape: z._default(
    z.record(z.string(), scrapeSchema, {
      error: "must map services to where their metrics are; such as {web: {path: /metrics}}",
    }),
    {},
  ),
  backupHours: z._default(integer(1, 8760), 48),
  secretsEnd: z._default(secretsEnd, {}),
});
