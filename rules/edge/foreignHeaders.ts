/**
 * Headers of one connection, which end at the edge (RFC 9110, 7.6.1). nginx itself ends `Keep-Alive`, `TE`,
 * `Transfer-Encoding` and `Expect`; `Connection` and `Upgrade` go on for a websocket alone.
 */
const HOP_BY_HOP = [
  "HTTP2-Settings",
  "Proxy",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Connection",
  "Trailer",
];

/** What some proxy or framework says or believes about the way a request took; here it is the edge's word or nobody's. */
const ABOUT_THE_CONNECTION = [
  // Client's address
  "CF-Connecting-IP",
  "CF-Connecting-IPv6",
  "CF-Pseudo-IPv4",
  "Client-IP",
  "CloudFront-Viewer-Address",
  "DO-Connecting-IP",
  "Fastly-Client-IP",
  "Fly-Client-IP",
  "Forwarded",
  "Forwarded-For",
  "Forwarded-For-IP",
  "Remote-Addr",
  "True-Client-IP",
  "X-Appengine-Remote-Addr",
  "X-Appengine-User-IP",
  "X-Azure-ClientIP",
  "X-Azure-SocketIP",
  "X-Client-IP",
  "X-Client-Port",
  "X-Cluster-Client-IP",
  "X-Envoy-External-Address",
  "X-Envoy-Internal",
  "X-Forwarded",
  "X-Forwarded-By",
  "X-Forwarded-Client-IP",
  "X-Forwarded-For-Original",
  "X-Original-For",
  "X-Original-Forwarded-For",
  "X-Original-Remote-Addr",
  "X-Originating-IP",
  "X-ProxyUser-IP",
  "X-Real-Port",
  "X-Remote-Addr",
  "X-Remote-IP",
  "X-Source-IP",
  "X-True-Client-IP",
  // Scheme, host and port
  "CF-Visitor",
  "CloudFront-Forwarded-Proto",
  "Fastly-SSL",
  "Fly-Forwarded-Port",
  "Fly-Forwarded-Proto",
  "Fly-Forwarded-SSL",
  "Front-End-Https",
  "X-ARR-SSL",
  "X-Client-Scheme",
  "X-Forwarded-HTTPS",
  "X-Forwarded-Protocol",
  "X-Forwarded-Scheme",
  "X-Forwarded-Server",
  "X-Forwarded-Server-Name",
  "X-Forwarded-SSL",
  "X-Forwarded-TLS",
  "X-Host",
  "X-HTTP-Host-Override",
  "X-HTTPS",
  "X-Original-Host",
  "X-Original-Port",
  "X-Original-Proto",
  "X-Original-Scheme",
  "X-Proxy-Host",
  "X-Scheme",
  "X-Url-Scheme",
  // Path
  "X-Envoy-Original-Host",
  "X-Envoy-Original-Method",
  "X-Envoy-Original-Path",
  "X-Forwarded-Base",
  "X-Forwarded-Context",
  "X-Forwarded-Method",
  "X-Forwarded-Path",
  "X-Forwarded-PathBase",
  "X-Forwarded-Query",
  "X-Forwarded-Script-Name",
  "X-Forwarded-Uri",
  "X-Original-Method",
  "X-Original-Path",
  "X-Original-Prefix",
  "X-Original-PathBase",
  "X-Original-URI",
  "X-Original-URL",
  "X-Replaced-Path",
  "X-Rewrite-URL",
  "X-Script-Name",
  // How a file is handed to the proxy
  "X-Accel-Mapping",
  "X-Sendfile-Type",
  // Certificate of the client, and what a proxy that has seen a login says of it
  "SSL-Client-Cert",
  "SSL-Client-S-DN",
  "SSL-Client-Verify",
  "X-ARR-ClientCert",
  "X-Client-Cert",
  "X-Client-Certificate",
  "X-Client-DN",
  "X-Client-Verify",
  "X-Forwarded-Access-Token",
  "X-Forwarded-Client-Cert",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Forwarded-Preferred-Username",
  "X-Forwarded-Roles",
  "X-Forwarded-TLS-Client-Cert",
  "X-Forwarded-TLS-Client-Cert-Info",
  "X-Forwarded-User",
  "X-MS-Forwarded-Client-Cert",
  "X-SSL",
  "X-SSL-Cert",
  "X-SSL-Cipher",
  "X-SSL-Client-Cert",
  "X-SSL-Client-CN",
  "X-SSL-Client-DN",
  "X-SSL-Client-I-DN",
  "X-SSL-Client-S-DN",
  "X-SSL-Client-Serial",
  "X-SSL-Client-Verify",
  "X-SSL-Issuer",
  "X-SSL-Protocol",
  "X-SSL-Subject",
  "X-Tls-Client-Cert",
];

/** Headers of a request that reach no service, whoever sends them. */
export const WITHHELD_HEADERS: readonly string[] = [...HOP_BY_HOP, ...ABOUT_THE_CONNECTION];

/** Headers that the edge sets itself or that frame a message: nothing may pass for one of them. */
const OWN_HEADERS = [
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "Keep-Alive",
  "Transfer-Encoding",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Port",
  "X-Forwarded-Prefix",
  "X-Forwarded-Proto",
  "X-Real-IP",
  "X-Request-Id",
];

/**
 * Every other way to write these names with `_` for some `-`. CGI and WSGI make one variable of all of them, and the
 * one with `_` would win or be joined to the edge's.
 */
export function underscoreVariants(): string[] {
  return [...WITHHELD_HEADERS, ...OWN_HEADERS].flatMap((name) => {
    const [first = "", ...rest] = name.split("-");
    const all = rest.reduce(
      (written, part) => written.flatMap((head) => [`${head}-${part}`, `${head}_${part}`]),
      [first],
    );
    return all.filter((written) => written !== name);
  });
}
