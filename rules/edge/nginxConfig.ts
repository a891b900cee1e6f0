import { createHash } from "node:crypto";
import { EDGE_MOUNT, EDGE_PORTS } from "./edgeLayout";
import type { EdgeOptions } from "./edgeOptions";
import { CERTIFICATE_PATH } from "./issuedCertificate";
import { HOLDING_DIRECTIVE, renderHandGuard, renderHandLocations } from "./nginxByHand";
import { renderAnswerHeaders, securityHeaders } from "./nginxAnswers";
import { renderRequestVariables } from "./nginxForwarding";
import { GENERATION_PLACEHOLDER, renderHead } from "./nginxHead";
import { answerLimit } from "./nginxLimits";
import {
  renderChallenges,
  renderIssued,
  renderToHttps,
  renderToHttpsMap,
  unroutedPaths,
} from "./nginxTls";
import { QUIET_LOCATION, REFUSED_PATH, refusedAt, renderRefusal } from "./nginxRefusals";
import { ASKED } from "./nginxProbes";
import { renderRolling, renderRollingSwitch } from "./nginxRolling";
import { renderShareSwitch, servingVariable } from "./nginxShares";
import { renderLocations, renderRouteMaps } from "./nginxRoutes";
import { renderUpstreams } from "./nginxUpstreams";
import { COLORS, otherColor, type Color, type ReleaseRecord } from "../../release/release";

/**
 * The edge's nginx configuration. Both sets' upstreams and routes are always declared, and which one a request takes is
 * decided for each request by a file test, so the switch is a rename and needs no reload.
 *
 * A reload drops keep-alive requests on nginx before 1.27.4, so nothing in here changes at a deploy unless routes, ports
 * or replicas do: no release id, no digest.
 */
export function renderNginxConfig(
  options: EdgeOptions,
  sets: Readonly<Record<Color, ReleaseRecord | null>>,
): string {
  const services = COLORS.flatMap((color) => Object.values(sets[color]?.services ?? {}));
  const hosts = [...new Set(services.flatMap(({ route }) => route.host ?? []))].sort();
  const servers = [null, ...hosts];
  const body = [
    ...renderIssued(options),
    ...renderToHttpsMap(options),
    ...securityHeaders(options).map(({ map }) => map),
    ...(options.rolling ? renderRolling(servers, sets) : []),
    ...COLORS.flatMap((color) => renderUpstreams(options.subnet, color, sets[color])),
    ...COLORS.flatMap((color) => renderRouteMaps(color, sets[color])),
    ...servers.flatMap((host) => renderServer(options, host, sets)),
  ].join("\n");
  const text = `${renderHead(options, hosts)}\n${body}\n}\n`;
  return text.replaceAll(GENERATION_PLACEHOLDER, configGeneration(text));
}

/** Directives that the edge works without, and what then is not so. */
const OPTIONAL_DIRECTIVES: Readonly<Record<string, string>> = {
  keepalive_min_timeout:
    "changes of its configuration can lose requests that are under way at that moment; nginx 1.27.4 and newer know it",
  [HOLDING_DIRECTIVE]:
    "`maestro pause` can hold no requests; it is part of nginx built with ngx_http_auth_request_module",
};

/**
 * The configuration without the optional directive that nginx has refused, or null where its refusal is about
 * something else. The generation stays: it names what was asked for.
 */
export function withoutRefusedDirective(
  config: string,
  refusal: string,
): { config: string; directive: string; costs: string } | null {
  const directive = /unknown directive "(\w+)"/.exec(refusal)?.[1] ?? "";
  const costs = OPTIONAL_DIRECTIVES[directive];
  if (costs === undefined) return null;
  const reduced = config.replace(
    new RegExp(`^( *)(${directive} .*)$`, "gm"),
    "$1# unknown here: $2",
  );
  return reduced === config ? null : { config: reduced, directive, costs };
}

/** What {@link withoutRefusedDirective} has left out. */
const LEFT_OUT = /^( *)# unknown here: (\w+ .*)$/gm;

/** Whether a configuration still is what was rendered: its generation is the hash of all the rest. */
export function isAsWritten(config: string): boolean {
  const generation = generationOf(config);
  if (generation === "") return false;
  const whole = config.replace(LEFT_OUT, "$1$2").replaceAll(generation, GENERATION_PLACEHOLDER);
  return configGeneration(whole) === generation;
}

/** Short hash of a configuration: the edge answers it at `/edge/generation`, which proves that a reload took place. */
function configGeneration(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The generation a rendered configuration will answer. */
export function generationOf(config: string): string {
  return /# generation ([0-9a-f]{12})/.exec(config)?.[1] ?? "";
}

function renderServer(
  options: EdgeOptions,
  host: string | null,
  sets: Readonly<Record<Color, ReleaseRecord | null>>,
): string[] {
  const isDefault = host === null;
  const listen = (port: number, kind: string) =>
    `    listen ${port}${kind}${isDefault ? " default_server backlog=4096" : ""};`;
  const tls = options.tls
    ? [
        listen(EDGE_PORTS.tls, " ssl"),
        ...(options.acme
          ? []
          : [
              `    ssl_certificate ${EDGE_MOUNT}/tls/certificate.pem;`,
              `    ssl_certificate_key ${EDGE_MOUNT}/tls/key.pem;`,
            ]),
        "    ssl_protocols TLSv1.2 TLSv1.3;",
      ]
    : [];
  const answer = renderAnswerHeaders(options);
  return [
    "  server {",
    listen(EDGE_PORTS.public, ""),
    listen(EDGE_PORTS.preview, ""),
    ...tls,
    `    server_name ${host ?? "_"};`,
    // For what no location answers, such as a request that is refused before it is routed.
    ...answer.map((line) => `    ${line}`),
    ...refusedAt(REFUSED_PATH).map((line) => `    ${line}`),
    ...renderVariables().map((line) => `    ${line}`),
    ...renderToHttps(options),
    ...renderSwitch(options),
    ...renderEdgeEndpoints(options, answer),
    ...renderChallenges(options, answer),
    ...renderHandLocations(
      options,
      answer,
      renderFinding(options).map((line) => line.trim()),
      ROUTED,
    ),
    ...COLORS.flatMap((color) =>
      renderLocations({
        subnet: options.subnet,
        color,
        host,
        record: sets[color],
        other: sets[otherColor(color)],
        answer,
        options,
      }),
    ),
    "  }",
  ];
}

/** What each request begins with; locations say more. */
function renderVariables(): string[] {
  return [
    'set $maestro_service "";',
    'set $maestro_reason "";',
    'set $maestro_asked "";',
    answerLimit(),
    ...renderRequestVariables(),
  ];
}

/** Which set serves a request, from here on below its prefix. The way of its body goes behind the path: nginx picks buffers by location alone. */
const ROUTED = "/@$maestro_set/$maestro_path$maestro_way";

/** The switch: one marker file names the active set; a rename of it moves every service in the same instant. */
function renderSwitch(options: EdgeOptions): string[] {
  return [
    ...renderFinding(options),
    ...renderHandGuard(options),
    // (?s): a path with a line break in it must not slip past, to a set of its own choice.
    `    rewrite "(?s)^/(?!${unroutedPaths(options)})(?<maestro_path>.*)$" ${ROUTED} last;`,
  ];
}

/** Finds the set that serves a request. */
function renderFinding({ shares, rolling }: EdgeOptions): string[] {
  const active = [
    "    set $maestro_active blue;",
    `    if (-f ${EDGE_MOUNT}/switch/green) { set $maestro_active green; }`,
    `    if (!-f ${EDGE_MOUNT}/switch/live) { set $maestro_active none; }`,
  ];
  if (rolling) return renderRollingSwitch(active);
  return [...active, ...(shares ? renderShareSwitch() : [])];
}

function renderEdgeEndpoints(options: EdgeOptions, answers: readonly string[]): string[] {
  // The edge itself tells what serves, also to a client who gets something else.
  const serving = servingVariable(options);
  const answer = answers.map((line) => line.replace("$maestro_set", serving));
  const location = (match: string, ...lines: string[]) => [
    `    location ${match} {`,
    ...[...answer, ...lines].map((line) => `      ${line}`),
    "    }",
  ];
  const json = "default_type application/json;";
  const noStore = "add_header Cache-Control no-store always;";
  const refuse = (status: number, reason: string, ...lines: string[]) => [
    json,
    noStore,
    ...lines,
    `set $maestro_reason "${reason}";`,
    `return ${status} '{"error":"${reason}"}\\n';`,
  ];
  return [
    ...location(
      "= /edge/health",
      "access_log off;",
      json,
      noStore,
      `return 200 '{"status":"ok"}\\n';`,
    ),
    ...location(
      "= /edge/release",
      "access_log off;",
      `error_page 403 404 405 500 ${QUIET_LOCATION};`,
      json,
      noStore,
      `root ${EDGE_MOUNT}/switch;`,
      `try_files /${serving}.json =404;`,
    ),
    ...location(
      "= /edge/generation",
      "access_log off;",
      noStore,
      `return 200 '${GENERATION_PLACEHOLDER}\\n';`,
    ),
    ...(options.acme
      ? location(
          `= ${CERTIFICATE_PATH}`,
          "access_log off;",
          noStore,
          "return 200 '$maestro_certificate\\n';",
        )
      : []),
    ...renderRefusal(`= ${REFUSED_PATH}`, ["internal;", ...answer]),
    ...renderRefusal(QUIET_LOCATION, ["access_log off;", ...answer, ASKED]),
    ...location("/edge/", ...refuse(404, "the edge has no such endpoint")),
    ...location(
      "/@none/",
      ...refuse(503, "no release serves yet", "add_header Retry-After 5 always;"),
    ),
    ...location("/@", ...refuse(404, "no service has this path")),
  ];
}
