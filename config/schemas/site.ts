import * as z from "zod/mini";

import { flag, object, text } from "./fields";
import { folderSchema } from "./route";

const DIRECTORY = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\r\n]{1,1000}$/;
/** nginx reads it between double quotes, where `$` begins a variable. */
const POLICY = /^[ !#%&'()*+,\-./0-9:;<=>?@A-Z[\]^_`a-z{|}~]{1,4000}$/;

/** What a page may load and do unless the site says otherwise: what comes from its own host, and pictures within it. */
export const DEFAULT_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join("; ");

/** How `images` makes the image of a static site. No part of a release: the digest says what was built. */
export const siteSchema = object({
  /** What the site's own build has written, relative to the build's context. */
  directory: z._default(
    text(DIRECTORY, "must be a directory inside the build's context; for example dist"),
    "dist",
  ),
  /** Folder of files whose names change with their content. */
  assets: z._default(folderSchema(), "/assets/"),
  /** Whether pages that are no file are `index.html`, which then looks at the address itself. */
  fallback: z._default(flag(), true),
  contentSecurityPolicy: z._default(
    z.nullable(
      text(POLICY, 'must be a policy of one line without ", $ and \\; or null to send none'),
    ),
    DEFAULT_POLICY,
  ),
});

/** A service's `site:`, checked. */
export type ParsedSite = z.infer<typeof siteSchema>;
