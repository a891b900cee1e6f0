import type { EdgeOptions } from "./edgeOptions";
import { WITHHELD_HEADERS, underscoreVariants } from "./foreignHeaders";

/**
 * Headers with which every request reaches a service. nginx inherits none into a location that sets one of its own, so
 * no location does: what differs between routes is in the variables, which a location sets.
 */
export function renderRequestHeaders({ tracing }: Pick<EdgeOptions, "tracing"> = {}): string {
  const set = (name: string, value: string) => `  proxy_set_header ${name} ${value};`;
  return [
    set("Host", "$maestro_host"),
    set("Upgrade", "$maestro_upgrade"),
    set("Connection", "$maestro_connection"),
    set("X-Real-IP", "$remote_addr"),
    set("X-Forwarded-For", "$remote_addr"),
    set("X-Forwarded-Proto", "$maestro_scheme"),
    set("X-Forwarded-Host", "$maestro_public_host"),
    set("X-Forwarded-Port", "$maestro_port"),
    set("X-Forwarded-Prefix", "$maestro_prefix"),
    set("X-Request-Id", "$maestro_request_id"),
    ...(tracing
      ? [set("traceparent", "$maestro_traceparent"), set("tracestate", "$maestro_tracestate")]
      : []),
    "  # Nobody's word about the connection but the edge's; with _ they would be taken for the same by CGI and WSGI.",
    ...[...WITHHELD_HEADERS, ...underscoreVariants()].map((name) => set(name, '""')),
    "  proxy_headers_hash_max_size 4096;",
    "  proxy_headers_hash_bucket_size 128;",
  ].join("\n");
}

/** Variables of {@link renderRequestHeaders} as they are for a request that no location says more about. */
export function renderRequestVariables(): string[] {
  return [
    "set $maestro_host $maestro_asked_host;",
    "set $maestro_scheme $maestro_asked_scheme;",
    'set $maestro_prefix "";',
  ];
}

/**
 * Hands the request on with its path as the client wrote it. nginx's own rewriting would decode it (`%2F` becomes "/",
 * `%0d%0a` a header of the attacker's), so the prefix is cut from the raw request; a prefix in disguise is refused.
 * The capture has a name: nginx escapes a numbered one once more, with the "?" before the query.
 */
export function renderForward(upstream: string, stripped: string | null): string[] {
  if (stripped === null) return [`proxy_pass http://${upstream}$request_uri;`];
  const prefix = stripped.slice(0, -1);
  return [
    `set $maestro_prefix ${prefix};`,
    // With a way behind the path nginx does not see that the path is the prefix without its slash.
    `if ($request_uri ~ "^${prefix.replaceAll(".", "\\.")}(?:[?]|$)") { return 308 ${stripped}$is_args$args; }`,
    `if ($request_uri !~ "^${prefix.replaceAll(".", "\\.")}(?<maestro_forward>/.*)$") {`,
    '  set $maestro_reason "the path must begin with the route\'s own, as it is written there";',
    "  return 400;",
    "}",
    `proxy_pass http://${upstream}$maestro_forward;`,
  ];
}
