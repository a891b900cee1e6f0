import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { ParsedSite } from "../../config/schemas/site";
import type { RegistryClient } from "../../registry/registryClient";
import type { Repository } from "../../registry/reference";
import type { ServiceSource } from "./services";
import { ASSETS_LABEL, renderSiteConfig, renderSiteDockerfile } from "./siteFiles";

/** What gets smaller by compression; pictures and fonts are compressed already. */
const COMPRESSIBLE = /\.(?:css|html|ico|js|json|map|mjs|svg|txt|wasm|webmanifest|xml)$/;
/** Smaller files fit one packet anyway. */
const WORTH_COMPRESSING_BYTES = 1024;

/**
 * Makes a build's context of a static site: its files, nginx's configuration and the Dockerfile. The caller removes it.
 *
 * Files are copied without their times, so that nginx's entity tags of two images differ wherever their files do.
 *
 * @returns the service with that context in place of its own.
 */
export function stageSite(service: ServiceSource, site: ParsedSite): ServiceSource {
  const context = mkdtempSync(path.join(tmpdir(), "maestro-site-"));
  const files = path.join(context, "site");
  cpSync(path.join(service.context, site.directory), files, { recursive: true, dereference: true });
  // The next image copies this folder, which a site without hashed files has not.
  mkdirSync(path.join(files, site.assets), { recursive: true });
  makeReadable(files);
  writeFileSync(path.join(context, "nginx.conf"), renderSiteConfig(site));
  const dockerfile = path.join(context, "Dockerfile");
  writeFileSync(dockerfile, renderSiteDockerfile(site, null));
  return { ...service, directory: context, context, dockerfile };
}

/** nginx's user is another one than whoever built the site, whose umask may keep others out. */
function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) makeReadable(file);
    else chmodSync(file, 0o644);
  }
}

/**
 * Prepares a staged site's build, once it is known that there is no such image: compresses its texts, and has the assets
 * of the image before copied. Both are no part of the image's name: they follow from the files, or from what was there.
 *
 * @param previous the image before, by digest; null: there is none.
 */
export function prepareSite(
  { context, dockerfile }: ServiceSource,
  site: ParsedSite,
  previous: string | null,
): void {
  const files = path.join(context, "site");
  for (const name of readdirSync(files, { recursive: true, encoding: "utf8" })) {
    const file = path.join(files, name);
    if (!COMPRESSIBLE.test(name) || !lstatSync(file).isFile()) continue;
    const content = readFileSync(file);
    if (content.length < WORTH_COMPRESSING_BYTES) continue;
    const packed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
    if (packed.length < content.length) writeFileSync(`${file}.gz`, packed);
  }
  writeFileSync(dockerfile, renderSiteDockerfile(site, previous));
}

/**
 * The image whose assets go along with the next one; null: the stack has released none yet, or none with its assets in
 * the same folder.
 */
export async function findPrevious(
  client: RegistryClient,
  repository: Repository,
  digest: string | undefined,
  { assets }: ParsedSite,
): Promise<string | null> {
  if (digest === undefined || (await client.readManifest(repository, digest)) === null) return null;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const { Labels } = await client.readConfig(repository, digest, { architecture, os: "linux" });
  return Labels?.[ASSETS_LABEL] === assets
    ? `${repository.address}/${repository.path}@${digest}`
    : null;
}
