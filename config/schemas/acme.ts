import * as z from "zod/mini";

import { KNOWN_AUTHORITIES } from "../../rules/acme/acmeSettings";
import { distinct, integer, object, oneOf, text } from "./fields";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const NAME = new RegExp(`^(?=.{1,253}$)(?:[*][.])?(?:${LABEL}[.])+(?!\\d+$)${LABEL}$`);
const MAILBOX = /^[^\s<>@"]{1,64}@[A-Za-z0-9.-]{1,253}$/;
const PROGRAM = /^[\w@%+=:,./-]{1,1000}$/;
const AUTHORITY = new RegExp(
  `^(?:${Object.keys(KNOWN_AUTHORITIES).join("|")}|https://[A-Za-z0-9.-]{1,253}(?::\\d{1,5})?/[\\w./~%-]{0,500})$`,
);

/** `maestro:edge.tls.acme`: a certificate that an authority issues, and that is renewed. */
export const acmeSchema = object({
  names: distinct(
    text(NAME, "must be a DNS name in lower case; such as shop.example.com or *.example.com"),
    "must be a list of DNS names",
  ).check(z.minLength(1, { error: "must have at least one name" })),
  /** Nobody agrees to terms by leaving something out. */
  agreeTerms: z.literal(true, {
    error: "must be true; it says that you agree to the authority's terms of service",
  }),
  authority: z._default(
    text(
      AUTHORITY,
      `must be ${Object.keys(KNOWN_AUTHORITIES).join(", ")}, or the https URL of a directory`,
    ),
    "letsencrypt",
  ),
  email: z._default(
    z.nullable(text(MAILBOX, "must be a mail address; such as ops@example.com")),
    null,
  ),
  challenge: z._default(oneOf(["http-01", "dns-01"]), "http-01"),
  hook: z._default(
    z.nullable(
      text(PROGRAM, "must be the path of a program; from the project's directory, or absolute"),
    ),
    null,
  ),
  renewDays: z._default(integer(1, 365), 30),
  profile: z._default(
    z.nullable(
      text(/^[\w.-]{1,64}$/, "must be a name that the authority gives; such as shortlived"),
    ),
    null,
  ),
});
