import { variableName } from "./nginxSets";
import type { Color, RouteSettings } from "./release";

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

/** What a route answers to browsers of other origins. */
export function renderCors(color: Color, service: string, origins: readonly string[]): string[] {
  if (origins.length === 0) return [];
  const cors = variableName("cors", color, service);
  const headers = [
    "add_header X-Maestro-Set $maestro_set always;",
    `add_header Access-Control-Allow-Origin ${cors} always;`,
    "add_header Vary Origin always;",
  ];
  const preflight = [
    ...headers,
    'add_header Access-Control-Allow-Methods "GET, HEAD, POST, PUT, PATCH, DELETE" always;',
    "add_header Access-Control-Allow-Headers $http_access_control_request_headers always;",
    "add_header Access-Control-Max-Age 600 always;",
    "return 204;",
  ];
  return [
    ...headers.slice(1),
    `if (${variableName("preflight", color, service)}) {`,
    ...preflight.map((line) => `  ${line}`),
    "}",
  ];
}
