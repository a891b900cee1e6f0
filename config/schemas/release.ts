import * as z from "zod/mini";

import { map, text } from "./fields";

const WRITE_DIGESTS = "run `npm run images`, which writes the digests";

/** `maestro:release`: service name -> image digest. */
export const releaseSchema = map<string>(
  `must map services to digests; ${WRITE_DIGESTS}`,
  (_service, value) => findDigestProblem(value),
).check(
  z.refine((digests) => Object.keys(digests).length > 0, {
    error: `must not be empty; ${WRITE_DIGESTS}`,
  }),
);

/** `maestro:settingsFrom` and `maestro:allowRejected`. */
export const releaseIdSchema = text(
  /^[0-9a-f]{12}$/,
  "must be a release id of 12 hex digits, in quotes; `npm run status` lists them",
);

function findDigestProblem(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") {
    return `must be a digest; ${WRITE_DIGESTS}`;
  }
  if (/^sha256:[0-9a-f]{64}$/.test(value)) {
    return undefined;
  }
  if (value.includes("@")) {
    return "must be the digest alone; remove what stands before sha256";
  }
  if (/^[0-9a-f]{64}$/.test(value)) {
    return "must be a digest with its algorithm; write sha256: before it";
  }
  const [, algorithm = "", hex = ""] = /^(sha\d+):([^:]*)$/.exec(value) ?? [];
  if (algorithm === "") {
    return `must be a digest, since a tag can move; ${WRITE_DIGESTS}`;
  }
  if (algorithm !== "sha256") {
    return `must be a sha256 digest, not ${algorithm}; ${WRITE_DIGESTS}`;
  }
  if (/^[0-9a-f]{64}$/i.test(hex)) {
    return "must be in lower case; copy the digest as the registry prints it";
  }
  return `must have 64 hex digits, has ${hex.length}; copy the whole digest`;
}
