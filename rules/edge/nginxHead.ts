import { EDGE_PORTS, PROBE_HEADER } from "./edgeLayout";
import type { EdgeOptions } from "./edgeOptions";
import { hideHeaders } from "./nginxAnswers";
import { renderHandRules } from "./nginxByHand";
import { renderConnection } from "./nginxConnection";
import { renderRequestHeaders } from "./nginxForwarding";
import { renderHeaderLimits } from "./nginxLimits";
import { renderRedirectRule } from "./nginxRedirects";
import { renderReasons } from "./nginxRefusals";
import { renderShares, servingVariable } from "./nginxShares";
import { renderTracing } from "./nginxTracing";
import { GZIP_MEMORY, renderSharedLimits, renderWorkers } from "./nginxSharing";

/** Stands for the generation, which is the hash of everything else. */
export const GENERATION_PLACEHOLDER = "@generation@";

/** What applies to the whole edge: processes, files, time, the log, and the variables that every server uses. */
export function renderHead(options: EdgeOptions, hosts: readonly string[]): string {
  const gzip = options.gzip
    ? `  gzip on;\n  ${GZIP_MEMORY}\n  gzip_vary on;\n  gzip_proxied any;\n  gzip_min_length 1024;\n  gzip_types application/json application/javascript text/css text/plain image/svg+xml;`
    : "  gzip off;";
  return `# Written by maestro; changes made by hand are lost at the next update.
# generation ${GENERATION_PLACEHOLDER}
${renderWorkers(options)}
# A worker of an old generation ends at last, even if a websocket never does.
worker_shutdown_timeout 1h;
error_log stderr warn;
pid /tmp/nginx.pid;
http {
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  default_type application/octet-stream;
  server_tokens off;
  # A redirect must not name the port inside the container.
  absolute_redirect off;
  keepalive_requests 100000;
  keepalive_timeout 75s;
  # At a reload, old workers close idle connections, and a request that has just left the client on one of them is lost.
  # So they keep those used in the last 15 s (longer than clients in use pause) until these are told to close with their
  # next answer. Not 75s: for so long no idle connection could be given up for a new client when connections run out.
  keepalive_min_timeout 15s;
  server_names_hash_max_size 8192;
  server_names_hash_bucket_size 128;
  map_hash_bucket_size 128;
  # The switch is a file test for each request: a cached answer would serve the wrong set.
  open_file_cache off;
  # A request refused before it is routed has no set, which is no news for the error log.
  uninitialized_variable_warn off;
${gzip}

  proxy_http_version 1.1;
  # Answers pass through at once, so that streams and server-sent events work; short requests are read whole first.
  proxy_buffering off;
  proxy_connect_timeout 2s;
  # What was not sent goes to another replica, and GET, HEAD and OPTIONS do that were not answered; the log says
  # "retried". Not for long: a slow URL must not be asked of every replica.
  proxy_next_upstream error timeout;
  proxy_next_upstream_timeout 3s;
${hideHeaders([])
  .map((line) => `  ${line}`)
  .join("\n")}
  # What a service may not decide: where in the edge a request goes on, and how fast its answer is sent.
  proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset X-Accel-Expires X-Accel-Buffering;
  limit_req_status 429;
${renderSharedLimits(options)}
${renderHeaderLimits(options)}

${renderConnection(options, hosts)}

${renderRequestHeaders(options)}

${renderRedirectRule()}

${renderReasons(options)}

  # Caches must keep answers to different origins apart, where the service does not say so itself.
  map $upstream_http_vary $maestro_vary_origin { default Origin; "~*(?:^|,)[ \\t]*(?:origin|[*])[ \\t]*(?:,|$)" ""; }

  # The log's lines have an end: the Engine cuts one of 16 kB in two, and then neither is JSON.
  map $http_x_request_id $maestro_request_id { default $request_id; "~^[!-~]{1,200}$" $http_x_request_id; }
  map $request_uri $maestro_uri { default $request_uri; "~^(?<maestro_uri_start>.{2000})." "$maestro_uri_start..."; }
  # The method as the client wrote it: an answer of the edge's own counts as a GET.
  map $request $maestro_method { default ""; "~^(?<maestro_asked_method>[!-~]{1,40}) " $maestro_asked_method; }
  map $upstream_addr $maestro_retried { default false; "~, | : " true; }
  # Questions of maestro's own are no traffic.
  map $http_${PROBE_HEADER.replaceAll("-", "_")} $maestro_probe { default false; "~." true; }
  # The preview port shows the set that users do not reach (before the first switch: blue, which comes first).
  map "$server_port:$maestro_active" ${servingVariable(options)} {
    default $maestro_active;
    "${EDGE_PORTS.preview}:blue" green;
    "${EDGE_PORTS.preview}:green" blue;
    "${EDGE_PORTS.preview}:none" blue;
  }${options.shares ? `\n${renderShares(options.shares, options.subnet)}` : ""}${options.tracing ? `\n${renderTracing(options.tracing, options.subnet)}` : ""}

${renderHandRules(options)}

  log_format maestro escape=json '{"time":"$time_iso8601","id":"$maestro_request_id","set":"$maestro_set",'
    '"service":"$maestro_service","method":"$maestro_method","uri":"$maestro_uri","status":$status,'
    '"bytes":$body_bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr","upstreamStatus":"$upstream_status",'
    '"upstreamSeconds":"$upstream_response_time","retried":$maestro_retried,"client":"$remote_addr","connection":"$connection/$connection_requests",'
    '"at":$msec,"port":$server_port,"headerSeconds":"$upstream_header_time","probe":$maestro_probe,"reason":"$maestro_reason"${options.tracing ? `,"trace":"$maestro_trace"` : ""}}';
  access_log /dev/stdout maestro;
`;
}
