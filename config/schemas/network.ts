import * as z from "zod/mini";

import { ABSOLUTE_PATH, section, text } from "./fields";

const PRIVATE_16 =
  /^(?:10\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/;

/** `maestro:network`: the private network of the edge and both sets. */
export const networkSchema = section({
  subnet: z._default(
    text(PRIVATE_16, "must be a private /16; for example 10.213.0.0/16, not used on the host yet"),
    "10.213.0.0/16",
  ),
});

/** `maestro:directory`: where the edge's files live on the Docker host. */
export const directorySchema = text(
  ABSOLUTE_PATH,
  "must be an absolute path of letters, digits and ._@+- on the Docker host; set maestro:directory",
).check(
  z.refine((value) => value.lastIndexOf("/") > 0, {
    error: "must be at least two levels deep; maestro owns what is in it",
  }),
);
