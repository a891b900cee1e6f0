import { hideHeaders } from "./nginxAnswers";
import { variableName } from "./nginxSets";
import type { Color, RouteSettings } from "../../release/release";

/** Maps by which a route knows its origins and their preflight requests. */
export function renderCorsMaps(color: Color, service: string, route: RouteSettings): string[] {
  if (route.corsOrigins.length === 0) return [];
  const origins = route.corsOrigins.includes("*")
    ? ["default $http_origin;"]
    : ['default "";', ...route.corsOrigins.map((origin) => `"${origin}" $http_origin;`)];
  const cors = variableName("cors", color, service);
  const preflight = variableName("preflight", color, service);
  return [
    `  map $http_origin ${cors} { ${origins.join(" ")} }`,
    `  map "$request_method:$http_access_control_request_method:${cors}" ${preflight} { default 0; "~^OPTIONS:[^:]+:." 1; }`,
  ];
}

/** Headers of CORS, all of which the edge answers where a route names origins. */
const CORS_HEADERS = [
  "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Headers",
  "Access-Control-Allow-Methods",
  "Access-Control-Allow-Origin",
  "Access-Control-Allow-Private-Network",
  "Access-Control-Expose-Headers",
  "Access-Control-Max-Age",
];

/** Headers of every answer of a route to browsers of other origins, whether the service gives it or the edge. */
export function renderCorsHeaders(color: Color, service: string, route: RouteSettings): string[] {
  if (route.corsOrigins.length === 0) return [];
  const cors = variableName("cors", color, service);
  return [
    `add_header Access-Control-Allow-Origin ${cors} always;`,
    "add_header Vary $maestro_vary_origin always;",
  ];
}

/** Has the edge alone answer browsers of other origins: the service's own word does not count where a route has one. */
export function renderCors(
  color: Color,
  service: string,
  route: RouteSettings,
  answer: readonly string[],
): string[] {
  if (route.corsOrigins.length === 0) return [];
  const preflight = [
    ...answer,
    ...renderCorsHeaders(color, service, route),
    'add_header Access-Control-Allow-Methods "GET, HEAD, POST, PUT, PATCH, DELETE" always;',
    "add_header Access-Control-Allow-Headers $http_access_control_request_headers always;",
    "add_header Access-Control-Max-Age 600 always;",
    "return 204;",
  ];
  return [
    ...hideHeaders(CORS_HEADERS),
    ...renderCorsHeaders(color, service, route),
    `if (${variableName("preflight", color, service)}) {`,
    ...preflight.map((line) => `  ${line}`),
    "}",
  ];
}
