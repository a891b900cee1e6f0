import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";

import { map, object, oneOf, text } from "./fields";

const URL_TEXT =
  /^(?=.{1,500}$)https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])(?::[1-9]\d{0,4})?(?:\/[\w.~%+-]*)*$/;
const PACKAGE_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const url = () =>
  text(URL_TEXT, "must be an http(s) URL; without a login, which comes from the environment");
const repository = (fallback: string) =>
  z._default(text(NAME, "must be a repository's name of letters, digits, . _ and -"), fallback);

/** What one shared package was published as. */
export interface PublishedPackage {
  readonly version: string;
  /** Of the wheel, 64 hex digits. */
  readonly sha256: string;
}

/** `maestro:packages`: the Python package index that shared packages are published to and installed from. */
export const packagesSchema = object({
  /** `index`: any PyPI-protocol server; `nexus`: repositories kept by Nexus's REST API. */
  kind: z._default(oneOf(["index", "nexus"]), "index"),
  /** Base address of the server. */
  url: z._default(url(), "http://localhost:28081"),
  hosted: repository("pypi-hosted"),
  proxy: repository("pypi-proxy"),
  group: repository("pypi-group"),
  blobStore: repository("maestro"),
  /** Nexus user that may publish into `hosted`, and nothing else. */
  publishUser: repository("maestro-publish"),
  /** What `proxy` is a proxy of. */
  upstream: z._default(url(), "https://pypi.org"),
  /** Where clients install from; kind `index` with paths of its own. */
  indexUrl: z.optional(url()),
  /** Where twine uploads to; kind `index` with paths of its own. */
  uploadUrl: z.optional(url()),
  /** Package -> what was published; written by `npm run packages -- publish`. */
  versions: z._default(
    map<PublishedPackage>("must map packages to { version, sha256 }", findVersionProblem),
    {},
  ),
}).check(({ value, issues }) => {
  for (const key of ["indexUrl", "uploadUrl"] as const) {
    if (value.kind === "nexus" && value[key] !== undefined) {
      const message = "is for kind index; Nexus's addresses follow from url, hosted and group";
      issues.push({ code: "custom", message, path: [key], input: value[key] });
    }
  }
});

export type ParsedPackages = z.infer<typeof packagesSchema>;

function findVersionProblem(name: string, entry: unknown): string | undefined {
  if (!PACKAGE_NAME.test(name)) return "is no package name; use lower-case letters, digits and -";
  const { version, sha256 } = isPlainObject(entry) ? entry : {};
  const isSound =
    typeof version === "string" &&
    version !== "" &&
    typeof sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(sha256);
  return isSound ? undefined : "must be { version, sha256 }; run `npm run packages -- publish`";
}
