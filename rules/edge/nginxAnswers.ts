import type { EdgeOptions } from "./edgeOptions";
import { shareCookie } from "./nginxShares";

/** Security headers of every answer, where the service does not set them itself. */
export function securityHeaders({ securityHeaders, tls }: EdgeOptions) {
  if (!securityHeaders) return [];
  return [
    ["X-Content-Type-Options", "nosniff"],
    ["X-Frame-Options", "SAMEORIGIN"],
    ["Referrer-Policy", "strict-origin-when-cross-origin"],
    ...(tls ? [["Strict-Transport-Security", "max-age=31536000"]] : []),
  ].map(([name = "", value = ""]) => {
    const key = name.toLowerCase().replaceAll("-", "_");
    const variable = `$maestro_${key}`;
    const map = `  map $upstream_http_${key} ${variable} { "" ${value}; default ""; }`;
    return { map, line: `add_header ${name} ${variable} always;` };
  });
}

/** Headers on every answer. nginx inherits none into a location that adds its own, so each location has them all. */
export function renderAnswerHeaders(options: EdgeOptions): string[] {
  return [
    "add_header X-Maestro-Set $maestro_set always;",
    "add_header Upgrade $maestro_upgraded always;",
    ...shareCookie(options.shares),
    ...securityHeaders(options).map(({ line }) => line),
  ];
}

/** Headers of a service's answer that end at the edge: of one hop, or the edge's own to say. */
const HIDDEN_HEADERS = ["X-Maestro-Set", "Upgrade", "Trailer", "Proxy-Connection"];

/** nginx inherits none of these into a location that hides more, so such a location has them all. */
export function hideHeaders(more: readonly string[]): string[] {
  return [...HIDDEN_HEADERS, ...more].map((name) => `proxy_hide_header ${name};`);
}
