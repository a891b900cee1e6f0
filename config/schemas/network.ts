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
  // At least two levels deep: everything in it belongs to maestro, which also removes it.
  new RegExp(`(?=/[^/]+/)${ABSOLUTE_PATH.source}`),
  "must be an absolute path at least two levels deep on the Docker host, of letters, digits and ._@+-; set maestro:directory",
);
