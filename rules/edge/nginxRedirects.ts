/**
 * How a service's redirects and cookies reach the browser, whether or not the service knows the prefix that the edge has
 * taken off. A path that begins with the prefix has it already, so a second look changes nothing.
 *
 * Redirects to the host that the client asked become paths, so that scheme and port are the client's own, except from
 * http to https, which is the service's wish. All others, in whatever form, stay as they are.
 */
export function renderRedirectRule(): string {
  return [
    "  # The subject is `<prefix> <scheme> <host> <host the balancer says> <location>`.",
    '  map "$maestro_prefix $maestro_scheme $maestro_host $maestro_public_host $maestro_location" $maestro_redirect {',
    "    volatile;",
    "    default $maestro_location;",
    ...["http", "https"].flatMap(ownHost),
    ...toHttps(),
    String.raw`    "~^(\S*) \S+ \S+ \S+ \1(?:[/?#].*)?$" $maestro_location;`,
    String.raw`    "~^\S+ \S+ \S+ \S+ /(?!/)" $maestro_prefix$maestro_location;`,
    "  }",
    '  proxy_redirect "~^(?<maestro_location>.*)$" $maestro_redirect;',
    '  map "$maestro_prefix $maestro_cookie_path" $maestro_cookie {',
    "    volatile;",
    "    default $maestro_cookie_path;",
    String.raw`    "~^(\S+) \1(?:/.*)?$" $maestro_cookie_path;`,
    String.raw`    "~^\S" $maestro_prefix$maestro_cookie_path;`,
    "  }",
    "  # A cookie for the whole host (`/`) stays one.",
    '  proxy_cookie_path "~^(?<maestro_cookie_path>/.+)$" $maestro_cookie;',
  ].join("\n");
}

const HOST = String.raw`(?:\2|\3)`;

function subject(scheme: string, prefix: string): string {
  const host = String.raw`(\S+?)(?::${scheme === "http" ? 80 : 443})?`;
  return `^(${prefix}) ${scheme} ${host} ${host} `;
}

/** Locations that name the host the client asked, as it asked or as http behind TLS. */
function ownHost(scheme: string): string[] {
  const plain = `(?:http:)?//${HOST}(?::80)?`;
  const origin = scheme === "http" ? plain : `(?:${plain}|https://${HOST}(?::443)?)`;
  const own = (prefix: string) => `    "~${subject(scheme, prefix)}(?i:${origin})`;
  return [
    // A path must not turn into another host's name: "//" and "/\" at its start would.
    own(String.raw`\S*`) +
      String.raw`(?=/(?![/\x5c]))(?<maestro_rest>\1(?:[/?#].*)?)$" $maestro_rest;`,
    own(String.raw`\S+`) + String.raw`(?<maestro_rest>/.*)$" $maestro_prefix$maestro_rest;`,
    own(String.raw`\S*`) +
      String.raw`(?<maestro_rest>(?:[?#].*)?)$" $maestro_prefix/$maestro_rest;`,
  ];
}

/** Locations that send a client of plain HTTP to TLS on the same host. */
function toHttps(): string[] {
  const own = `    "~${subject("http", String.raw`\S+`)}(?<maestro_origin>(?i:https://${HOST}(?::443)?))`;
  return [
    own + String.raw`\1(?:[/?#].*)?$" $maestro_location;`,
    own + String.raw`(?<maestro_rest>/.*)$" $maestro_origin$maestro_prefix$maestro_rest;`,
    own + String.raw`(?<maestro_rest>(?:[?#].*)?)$" $maestro_origin$maestro_prefix/$maestro_rest;`,
  ];
}
