import { boolean, integer, list, map, object, set, text, type Property } from "../schema";

const DURATION = /^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$/;
const duration = (): Property => text({ default: "0s", pattern: DURATION });
const replaces = true;
const computed = true;
const required = true;

export const LABEL = object({ label: text({ required }), value: text({ required }) });
const THROTTLE = object({ path: text({ required }), rate: integer({ required }) });

const MOUNT = object({
  bindOptions: object({
    propagation: text({ pattern: /^(private|rprivate|shared|rshared|slave|rslave)$/ }),
  }),
  readOnly: boolean(),
  source: text(),
  target: text({ required }),
  tmpfsOptions: object({ mode: integer(), sizeBytes: integer() }, { replaces }),
  type: text({ required, pattern: /^(bind|volume|tmpfs)$/ }),
  volumeOptions: object({
    driverName: text(),
    driverOptions: map(),
    labels: set(LABEL),
    noCopy: boolean(),
    subpath: text({ replaces }),
  }),
});

const NETWORK_ATTACHMENT = object({
  aliases: set(text()),
  driverOpts: set(text()),
  gwPriority: integer(),
  ipv4Address: text(),
  ipv6Address: text(),
  linkLocalIps: set(text()),
  macAddress: text(),
  name: text({ required }),
});

const PORT = object({
  external: integer({ computed }),
  internal: integer({ required }),
  ip: text({ default: "0.0.0.0" }),
  protocol: text({ default: "tcp" }),
});

const UPLOAD = object({
  content: text(),
  contentBase64: text(),
  executable: boolean(),
  file: text({ required }),
  permissions: text({ pattern: /^0[0-7]{3}$/ }),
  source: text(),
  sourceHash: text(),
});

const VOLUME = object({
  containerPath: text(),
  fromContainer: text(),
  hostPath: text(),
  readOnly: boolean(),
  selinuxRelabel: text({ pattern: /^(z|Z)$/ }),
  volumeName: text(),
});

/** What runs in the container, and as whom. */
const PROCESS = {
  command: list(text(), { replaces, computed }),
  domainname: text({ replaces }),
  entrypoints: list(text(), { replaces, computed }),
  envs: set(text(), { replaces, computed }),
  groupAdds: set(text(), { replaces }),
  healthcheck: object(
    {
      interval: duration(),
      retries: integer(),
      startInterval: duration(),
      startPeriod: duration(),
      tests: list(text()),
      timeout: duration(),
    },
    { computed },
  ),
  hostname: text({ replaces, computed }),
  image: text({ replaces, required }),
  init: boolean({ computed }),
  labels: set(LABEL, { replaces, computed }),
  name: text({ replaces }),
  platform: text({ replaces, computed }),
  stdinOpen: boolean({ replaces }),
  stopSignal: text({ replaces, computed }),
  stopTimeout: integer({ replaces, computed }),
  tty: boolean({ replaces }),
  user: text({ replaces, emptyIsUnset: true }),
  workingDir: text({ replaces, emptyIsUnset: true }),
} as const;

/** What the container may use, and how far it is kept apart from its host. */
const LIMITS = {
  capabilities: object({ adds: set(text()), drops: set(text()) }, { replaces }),
  cgroupnsMode: text({ replaces, pattern: /^(private|host)?$/ }),
  cgroupParent: text({ replaces }),
  cpuPeriod: integer(),
  cpuQuota: integer(),
  cpus: text({ replaces, pattern: /^[0-9]*\.?[0-9]+$/ }),
  cpuSet: text({ pattern: /^\d+([,-]\d+)*$/ }),
  cpuShares: integer(),
  deviceCgroupRules: set(text(), { replaces }),
  deviceReadBps: set(THROTTLE),
  deviceReadIops: set(THROTTLE),
  devices: set(
    object({
      containerPath: text(),
      hostPath: text({ required }),
      permissions: text({ default: "rwm" }),
    }),
    { replaces, whole: true },
  ),
  deviceWriteBps: set(THROTTLE),
  deviceWriteIops: set(THROTTLE),
  ipcMode: text({ replaces, computed }),
  memory: integer(),
  memoryReservation: integer(),
  memorySwap: integer(),
  pidMode: text({ replaces }),
  privileged: boolean({ replaces }),
  readOnly: boolean({ replaces }),
  runtime: text({ replaces, computed }),
  securityOpts: set(text(), { replaces, computed }),
  shmSize: integer({ replaces, computed }),
  storageOpts: map({ replaces }),
  sysctls: map({ replaces }),
  ulimits: set(
    object({
      hard: integer({ required }),
      name: text({ required }),
      soft: integer({ required }),
    }),
    { replaces, whole: true },
  ),
  usernsMode: text({ replaces }),
} as const;

/** What the container is connected to. */
const CONNECTIONS = {
  dns: set(text(), { replaces }),
  dnsOpts: set(text(), { replaces }),
  dnsSearches: set(text(), { replaces }),
  hosts: set(object({ host: text({ required }), ip: text({ required }) }), { replaces }),
  logDriver: text({ replaces, computed }),
  logOpts: map({ replaces }),
  // A mount that becomes another one is an update that does nothing.
  mounts: set(MOUNT, { replaces, whole: true, replacesByCount: true }),
  networkMode: text({ replaces, default: "bridge" }),
  networksAdvanced: set(NETWORK_ATTACHMENT, { replaces, whole: true }),
  // A list in the official schema, but one whose order is no difference.
  ports: set(PORT, { replaces }),
  publishAllPorts: boolean({ replaces }),
  tmpfs: map(),
  uploads: set(UPLOAD, { replaces, whole: true }),
  volumes: set(VOLUME, { replaces, whole: true }),
} as const;

/** How Pulumi treats the container; Docker knows nothing of most of these. */
const LIFECYCLE = {
  attach: boolean(),
  containerReadRefreshTimeoutMilliseconds: integer({ default: 15000 }),
  destroyGraceSeconds: integer(),
  logs: boolean(),
  maxRetryCount: integer(),
  mustRun: boolean({ default: true }),
  removeVolumes: boolean({ default: true }),
  restart: text({ default: "no", pattern: /^(no|on-failure|always|unless-stopped)$/ }),
  rm: boolean(),
  start: boolean({ default: true }),
  wait: boolean(),
  waitTimeout: integer({ default: 60 }),
} as const;

const OUTPUTS = {
  bridge: text({ output: true }),
  containerLogs: text({ output: true }),
  exitCode: integer({ output: true }),
  networkDatas: list(map(), { output: true }),
} as const;

/**
 * `docker:index/container:Container`: the property names, replacement rules and defaults of the official plugin.
 * Left out, and refused: `gpus` and `deviceRequests`.
 */
export const CONTAINER_SCHEMA = {
  ...PROCESS,
  ...LIMITS,
  ...CONNECTIONS,
  ...LIFECYCLE,
  ...OUTPUTS,
} as const;
