/** How much is sent, by whom, and how often the release changes meanwhile. */
export interface LoadProfile {
  /** Requests of the open loop; slow requests and streams come on top. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Keep-alive connections of the open loop. */
  readonly connections: number;
  /** Share of the requests that have a connection of their own. */
  readonly closingShare: number;
  /** Clients that always have a request of five seconds under way. */
  readonly slowClients: number;
  readonly webSockets: number;
  readonly eventStreams: number;
  /** Rounds of deploy, rollback, roll forward, and back. */
  readonly rounds: number;
  /** Pause between two updates, in seconds. */
  readonly pauseSeconds: number;
}

const QUICK: LoadProfile = {
  requests: 100_000,
  requestsPerSecond: 500,
  connections: 32,
  closingShare: 0.05,
  slowClients: 4,
  webSockets: 2,
  eventStreams: 2,
  rounds: 10,
  pauseSeconds: 0,
};

/** The profiles by name. Sources: the figures to hold of zero-downtime tests elsewhere, each raised until it could fail. */
export const PROFILES = {
  /** On each change: 100,000 requests and 40 updates. */
  quick: QUICK,
  /** At night: a million requests and 100 updates. */
  full: {
    ...QUICK,
    requests: 1_000_000,
    connections: 64,
    slowClients: 8,
    webSockets: 4,
    eventStreams: 4,
    rounds: 25,
    pauseSeconds: 12,
  },
  /** For a day: what grows, leaks or wears out. */
  soak: {
    ...QUICK,
    requests: 10_000_000,
    requestsPerSecond: 115,
    slowClients: 8,
    webSockets: 4,
    eventStreams: 4,
    rounds: 75,
    pauseSeconds: 280,
  },
} as const satisfies Readonly<Record<string, LoadProfile>>;

export type ProfileName = keyof typeof PROFILES;
