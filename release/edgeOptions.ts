/** What the whole edge does, apart from any release. */
export interface EdgeOptions {
  readonly subnet: string;
  readonly gzip: boolean;
  readonly securityHeaders: boolean;
  readonly tls: boolean;
  /** Host name for a client that names none. */
  readonly publicHost: string;
  /** Load balancers whose word about client, scheme and host counts, as CIDRs. */
  readonly trustedProxies: readonly string[];
  /** Largest request line and largest single header, in kilobytes. */
  readonly maxHeaderLineKilobytes: number;
  /** Largest headers of a request, all together, in kilobytes. */
  readonly maxHeaderKilobytes: number;
}
