import * as z from "zod/mini";

import { flag, list, object, text } from "./fields";
import { waiverFields } from "./waiver";

const KEY_SERVICE = "(?:awskms|gcpkms|azurekms|hashivault)://[\\w.:/@+-]{1,500}";
const PROJECT_FILE = "(?!.*(?:^|/)\\.\\.(?:/|$))(?:\\./)?[\\w.@+-][\\w./@+-]{0,200}";
const URI = "[a-z][a-z0-9+.-]{1,20}:[!-~]{3,500}";

const provenanceSchema = object({
  builder: text(
    new RegExp(`^${URI}$`),
    "must be the address of who builds; such as https://github.com/acme/shop/.github/workflows/main.yml",
  ),
  source: text(
    /^https?:\/\/[!-~]{3,500}$/,
    "must be the address of a repository; such as https://github.com/acme/shop",
  ),
});

const waiverSchema = object({
  service: text(/^[a-z][a-z0-9-]{0,60}$/, "must be the name of a service"),
  ...waiverFields,
});

/** `maestro:gates.signatures`: who must have signed the images of a release, and where they must have been built. */
export const signaturesSchema = object({
  key: z.exactOptional(
    text(
      new RegExp(`^(?:${KEY_SERVICE}|${PROJECT_FILE})$`),
      "must be a file of the project with a public key, or a key of a key service; such as cosign.pub or awskms:///alias/images",
    ),
  ),
  identity: z.exactOptional(
    text(
      /^[!-~]{3,500}$/,
      "must be whom a certificate is for; such as https://github.com/acme/shop/.github/workflows/main.yml@refs/heads/main",
    ),
  ),
  issuer: z.exactOptional(
    text(
      /^https:\/\/[!-~]{3,500}$/,
      "must be the address of who vouches for the identity; such as https://token.actions.githubusercontent.com",
    ),
  ),
  /** Of GitHub's certificates: whose run it was. An identity is that of a workflow, which others may call too. */
  githubRepository: z.exactOptional(
    text(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "must be a repository on GitHub; such as acme/shop"),
  ),
  /** The default: with an identity only. */
  transparencyLog: z.exactOptional(flag()),
  provenance: z.exactOptional(provenanceSchema),
  waivers: z._default(list(waiverSchema, "must be a list of waivers", 50), []),
}).check(({ value, issues }) => {
  const { key, identity, issuer, githubRepository, transparencyLog } = value;
  const complain = (path: string[], message: string, input: unknown) =>
    issues.push({ code: "custom", message, path, input });
  if (key === undefined && identity === undefined && issuer === undefined) {
    complain([], "names nobody who signs; give key, or identity and issuer", value);
  } else if (key !== undefined && (identity ?? issuer) !== undefined) {
    complain(["key"], "is for signatures without identity and issuer; keep one", key);
  } else if (key === undefined && identity === undefined) {
    complain(["issuer"], "vouches for anybody without an identity; name it", issuer);
  } else if (key === undefined && issuer === undefined) {
    complain(
      ["identity"],
      "counts for nothing without who vouches for it; name the issuer",
      identity,
    );
  }
  if (key !== undefined && githubRepository !== undefined) {
    complain(["githubRepository"], "is in no signature by a key; remove it", githubRepository);
  }
  if (key === undefined && transparencyLog === false) {
    const message =
      "says that a certificate was used while it was valid, so an identity cannot do without; remove this";
    complain(["transparencyLog"], message, transparencyLog);
  }
});
