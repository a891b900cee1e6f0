/**
 * Hands the request on with its path as the client wrote it. nginx's own rewriting would decode it (`%2F` becomes "/",
 * `%0d%0a` a header of the attacker's), so the prefix is cut from the raw request; a prefix in disguise is refused.
 * The capture has a name: nginx escapes a numbered one once more, with the "?" before the query.
 */
export function renderForward(upstream: string, stripped: string | null): string[] {
  if (stripped === null) {
    return [...FORWARDED_HEADERS, `proxy_pass http://${upstream}$request_uri;`];
  }
  const prefix = stripped.slice(0, -1);
  return [
    `if ($request_uri !~ "^${prefix.replaceAll(".", "\\.")}(?<maestro_forward>/.*)$") { return 400; }`,
    `proxy_set_header X-Forwarded-Prefix ${prefix};`,
    ...FORWARDED_HEADERS,
    `proxy_redirect / ${stripped};`,
    // Services that name the host in a redirect take it from the request.
    `proxy_redirect http://$http_host/ ${stripped};`,
    `proxy_redirect https://$http_host/ ${stripped};`,
    `proxy_pass http://${upstream}$maestro_forward;`,
  ];
}

/** nginx inherits no proxy header into a location that sets one of its own, so each location has them all. */
const FORWARDED_HEADERS = [
  "proxy_set_header Host $http_host;",
  "proxy_set_header Upgrade $http_upgrade;",
  "proxy_set_header Connection $maestro_connection;",
  "proxy_set_header X-Real-IP $remote_addr;",
  "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
  "proxy_set_header X-Forwarded-Proto $scheme;",
  "proxy_set_header X-Request-Id $maestro_request_id;",
];
