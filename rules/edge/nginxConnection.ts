import type { EdgeOptions } from "./edgeOptions";

/**
 * What the edge knows about a client's connection, as variables: who it is, which host, scheme and port it asked for, and
 * whether it becomes a websocket.
 *
 * @param hosts names that routes are limited to
 */
export function renderConnection(options: EdgeOptions, hosts: readonly string[]): string {
  return [
    "  # Upgrades and headers of one hop end here; a websocket's handshake alone goes on.",
    '  map "$request_method:$http_upgrade:$http_connection" $maestro_upgrade {',
    '    default "";',
    '    "~*^GET:websocket:(?:.*,)?[ \\t]*upgrade[ \\t]*(?:,|$)" websocket;',
    "  }",
    "  # A connection of its own for each request: an idle one may be closed by the service just as it is used again.",
    "  map $maestro_upgrade $maestro_connection { default close; websocket upgrade; }",
    '  map $upstream_status $maestro_upgraded { default ""; "~101$" $upstream_http_upgrade; }',
    "  # A target that names a host of its own goes before the Host header, and routes by it.",
    '  map "$host|$http_host" $maestro_asked_host {',
    "    default $host;",
    `    "~^_[|]$" ${options.publicHost};`,
    '    "~*^([^|]+)[|]\\1[.]?(?::[0-9]*)?$" $http_host;',
    "  }",
    ...(options.trustedProxies.length > 0
      ? trusting(options, hosts)
      : [
          "  map $scheme $maestro_asked_scheme { default $scheme; }",
          "  map $maestro_host $maestro_public_host { default $maestro_host; }",
          '  map "" $maestro_said_port { default ""; }',
        ]),
    '  map "$maestro_said_port:$maestro_scheme:$maestro_public_host" $maestro_port {',
    "    default 80;",
    '    "~^(?<maestro_port_said>[0-9]+):" $maestro_port_said;',
    '    "~:(?<maestro_port_asked>[0-9]+)$" $maestro_port_asked;',
    '    "~^:https:" 443;',
    "  }",
  ].join("\n");
}

/**
 * Takes a load balancer's word. Its word about the host counts only for hosts that the stack names: many balancers leave
 * a client's `X-Forwarded-Host` as it is.
 */
function trusting(
  { trustedProxies, publicHost }: EdgeOptions,
  hosts: readonly string[],
): readonly string[] {
  const known = [...new Set([publicHost, ...hosts])].sort();
  return [
    ...trustedProxies.map((range) => `  set_real_ip_from ${range};`),
    "  real_ip_header X-Forwarded-For;",
    "  real_ip_recursive on;",
    "  geo $realip_remote_addr $maestro_trusted {",
    "    default 0;",
    ...trustedProxies.map((range) => `    ${range} 1;`),
    "  }",
    '  map "$maestro_trusted:$http_x_forwarded_proto" $maestro_asked_scheme {',
    "    default $scheme;",
    '    "~*^1:(?:https|wss)$" https;',
    '    "~*^1:(?:http|ws)$" http;',
    "  }",
    '  map "$maestro_trusted:$http_x_forwarded_port" $maestro_said_port {',
    '    default "";',
    '    "~^1:(?<maestro_their_port>[0-9]{1,5})$" $maestro_their_port;',
    "  }",
    '  map "$maestro_trusted:$http_x_forwarded_host" $maestro_said_name {',
    '    default "";',
    '    "~*^1:(?<maestro_their_name>[a-z0-9.-]+)(?::[0-9]{1,5})?$" $maestro_their_name;',
    "  }",
    "  map $maestro_said_name $maestro_public_host {",
    "    default $maestro_host;",
    ...known.map((host) => `    ${host} $http_x_forwarded_host;`),
    "  }",
  ];
}
