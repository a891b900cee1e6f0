import { EDGE_MOUNT, EDGE_PORTS } from "./edgeLayout";
import type { EdgeOptions } from "./edgeOptions";
import { CHALLENGES, ISSUED } from "./issuedCertificate";

/** The certificate that is issued to the edge, for all servers: a file of its own, so that another one is no change here. */
export function renderIssued({ acme }: EdgeOptions): string[] {
  return acme ? [`  include ${EDGE_MOUNT}/${ISSUED.current};`] : [];
}

/** Paths that the edge answers itself, without their first slash, as a part of a regular expression. */
export function unroutedPaths({ acme }: EdgeOptions): string {
  if (acme !== "http-01") return "edge/";
  return `edge/|${CHALLENGES.path.slice(1).replaceAll(".", String.raw`\.`)}`;
}

/** Answers of `http-01` challenges: each a file, there while an authority asks for it. */
export function renderChallenges({ acme }: EdgeOptions, answer: readonly string[]): string[] {
  if (acme !== "http-01") return [];
  return [
    `    location ${CHALLENGES.path} {`,
    ...answer.map((line) => `      ${line}`),
    "      add_header Cache-Control no-store always;",
    "      default_type text/plain;",
    `      alias ${EDGE_MOUNT}/${CHALLENGES.directory}/;`,
    "    }",
  ];
}

/**
 * Which requests are sent to https: those that users have made by plain HTTP, on the public port. Questions of maestro's
 * own are answered as they come, and so is an authority's, which asks by HTTP.
 */
export function renderToHttpsMap(options: EdgeOptions): string[] {
  if (options.httpsPort === undefined) return [];
  const users = `^${EDGE_PORTS.public}:http:false:/`;
  return [
    '  map "$server_port:$maestro_asked_scheme:$maestro_probe:$uri" $maestro_is_plain {',
    "    default 0;",
    `    "~(?s)${users}(?!${unroutedPaths(options)})" 1;`,
    "  }",
    `  map $host $maestro_https_host { default $host; _ ${options.publicHost}; }`,
  ];
}

/** Sends such requests there, with their method and path. */
export function renderToHttps({ httpsPort }: EdgeOptions): string[] {
  if (httpsPort === undefined) return [];
  const origin = `https://$maestro_https_host${httpsPort === 443 ? "" : `:${httpsPort}`}`;
  return [`    if ($maestro_is_plain) { return 308 ${origin}$request_uri; }`];
}
