import type { ChallengeKind } from "../acme/acmeSettings";
import type { PublicFace } from "./healthQuestion";
import type { EdgeShares } from "./nginxShares";
import type { EdgeTracing } from "./nginxTracing";

/** What the whole edge does, apart from any release. */
export interface EdgeOptions extends PublicFace {
  /** Whether its certificate is issued to it by an authority, and how that is shown whose the names are. @default - it is not */
  readonly acme?: ChallengeKind;
  /** Port that users of plain HTTP are sent to. @default - they are not */
  readonly httpsPort?: number;
  readonly subnet: string;
  readonly gzip: boolean;
  readonly securityHeaders: boolean;
  /** Load balancers whose word about client, scheme and host counts, as CIDRs. */
  readonly trustedProxies: readonly string[];
  /** Largest request line and largest single header, in kilobytes. */
  readonly maxHeaderLineKilobytes: number;
  /** Largest headers of a request, all together, in kilobytes. */
  readonly maxHeaderKilobytes: number;
  /** How a share of the clients is told from the others; left out: all get the same set. */
  readonly shares?: EdgeShares;
  /** Services can move to the other set one by one; left out: all move at once. Never together with shares. */
  readonly rolling?: true;
  /** How requests are joined to traces; left out: what a client sends passes through, and the log names no trace. */
  readonly tracing?: EdgeTracing;
  /** What the edge's container may use: it has room for as many connections. */
  readonly memoryMegabytes: number;
  /** Requests that one client may have under way. */
  readonly maxConcurrentRequestsPerClient: number;
}
