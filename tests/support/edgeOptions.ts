import type { EdgeOptions } from "../../rules/edge/edgeOptions";

/** What a stack's edge does that says nothing about it, with other values for some of it. */
export function edgeOptions(overrides: Partial<EdgeOptions> = {}): EdgeOptions {
  return {
    subnet: "10.213.0.0/16",
    gzip: true,
    securityHeaders: true,
    tls: false,
    publicHost: "localhost",
    trustedProxies: [],
    maxHeaderLineKilobytes: 16,
    maxHeaderKilobytes: 64,
    memoryMegabytes: 256,
    maxConcurrentRequestsPerClient: 512,
    ...overrides,
  };
}
