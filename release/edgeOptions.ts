/** What the whole edge does, apart from any release. */
export interface EdgeOptions {
  readonly subnet: string;
  readonly gzip: boolean;
  readonly securityHeaders: boolean;
  readonly tls: boolean;
}
