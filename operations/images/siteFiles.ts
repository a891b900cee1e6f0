import type { ParsedSite } from "../../config/schemas/site";
import { SITE_HEALTH_PATH, SITE_PORT } from "../../config/siteService";

/** Where the image has the site's files. */
export const SITE_ROOT = "/srv/site";
/** Where it has the assets of the image before, and nothing else of that. */
export const PREVIOUS_ROOT = "/srv/previous";
/** Label with the folder of an image's assets: what the next image looks for. */
export const ASSETS_LABEL = "maestro.assets";

/** A browser may keep a hashed file for a year, as long as caches promise anything. */
const FOR_EVER = "public, max-age=31536000, immutable";

/**
 * The nginx configuration inside a static site's image: the same in every stack, since the digest is the release.
 * Hashed files are kept for ever, all else is asked for each time; what is no file is `index.html` unless it looks like
 * one, so that a script that is missing is 404 and no page.
 */
export function renderSiteConfig({
  assets,
  fallback,
  contentSecurityPolicy: policy,
}: Omit<ParsedSite, "directory">): string {
  const headers = (cache: string) => [
    `add_header Cache-Control "${cache}";`,
    ...(policy === null ? [] : [`add_header Content-Security-Policy "${policy}" always;`]),
  ];
  const location = (match: string, ...lines: readonly string[]) => [
    `    location ${match} {`,
    ...lines.map((line) => `      ${line}`),
    "    }",
  ];
  return [
    "# Written by maestro.",
    "worker_processes 1;",
    "error_log stderr warn;",
    "pid /tmp/nginx.pid;",
    "events { worker_connections 1024; }",
    "http {",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `  ${name}_temp_path /tmp/${name};`,
    ),
    "  include /etc/nginx/mime.types;",
    "  default_type application/octet-stream;",
    "  charset utf-8;",
    "  server_tokens off;",
    "  absolute_redirect off;",
    "  # The edge logs every request.",
    "  access_log off;",
    "  sendfile on;",
    "  gzip_static on;",
    "  gzip_vary on;",
    "  server {",
    `    listen ${SITE_PORT};`,
    `    root ${SITE_ROOT};`,
    ...headers("no-cache").map((line) => `    ${line}`),
    ...location(
      `= ${SITE_HEALTH_PATH}`,
      "default_type text/plain;",
      'add_header Cache-Control "no-store";',
      'return 200 "ok\\n";',
    ),
    ...location(`^~ ${assets}`, ...headers(FOR_EVER), "try_files $uri @previous;"),
    ...location(
      "@previous",
      `root ${PREVIOUS_ROOT};`,
      ...headers(FOR_EVER),
      "try_files $uri =404;",
    ),
    ...location(String.raw`~ /[^/]*\.[^/]+$`, "try_files $uri =404;"),
    ...location("/", `try_files $uri $uri/index.html ${fallback ? "/index.html" : "=404"};`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/**
 * The Dockerfile of a static site's image.
 *
 * @param previous the image before, by digest, whose assets go along; null: there is none.
 */
export function renderSiteDockerfile({ assets }: ParsedSite, previous: string | null): string {
  return [
    "ARG NGINX_IMAGE",
    "FROM ${NGINX_IMAGE}",
    ...(previous === null
      ? []
      : [`COPY --from=${previous} ${SITE_ROOT}${assets} ${PREVIOUS_ROOT}${assets}`]),
    "COPY nginx.conf /etc/nginx/site.conf",
    `COPY site/ ${SITE_ROOT}/`,
    `EXPOSE ${SITE_PORT}`,
    "STOPSIGNAL SIGQUIT",
    'CMD ["nginx", "-e", "stderr", "-c", "/etc/nginx/site.conf", "-g", "daemon off;"]',
    "",
  ].join("\n");
}
