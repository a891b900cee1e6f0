import { gatewayAddress } from "../../release/addresses";
import type { ChannelSettings } from "../notices/channels";
import { prometheusRules, type AlertRuleSettings } from "./alertRules";
import {
  ALERTMANAGER_CONFIG,
  channelSecrets,
  renderAlertmanagerConfig,
  type ChannelSecret,
} from "./alertmanagerConfig";
import {
  CONFIG_MOUNT,
  OBSERVER_PORTS,
  observerNetwork,
  type ListenPoint,
  type Observer,
} from "./layout";
import { JAEGER_CONFIG, renderJaegerConfig } from "./jaegerConfig";
import { keptLogs } from "./keptLogs";
import { LOKI_CONFIG, renderLokiConfig } from "./lokiConfig";
import { PROMETHEUS_FILES, renderPrometheusConfig } from "./prometheusConfig";
import type { ObservabilitySettings, ServerSettings } from "./settings";

/** Where servers have their data whose images have no place for it: a path that no image has anything at. */
const DATA_MOUNT = "/var/lib/observability";
const DATA_DIRECTORY = "data";

/** One server of the observability stack: its container, and the files in it. */
export interface ObserverPlan {
  readonly observer: Observer;
  readonly image: string;
  /** Program and arguments; arguments alone where {@link ownProgram}. */
  readonly command: readonly string[];
  /** The program is what the image starts, as its documentation runs it. Left out: the command names it. */
  readonly ownProgram?: true;
  readonly memoryMegabytes: number;
  readonly listen: ListenPoint;
  readonly port: number;
  /** Networks that it is in; the first one is its own. */
  readonly networks: readonly string[];
  /** Where its volume of data is. */
  readonly dataPath: string;
  /** Directory below it that is made for the server, whose image has no such place. Left out: the image has one. */
  readonly dataDirectory?: string;
  /** Path in the container -> content. */
  readonly files: Readonly<Record<string, string>>;
}

/** All that an observability stack is to be; what is secret in it is named, and not in it. */
export interface ObservabilityPlan {
  readonly observers: readonly ObserverPlan[];
  /** Addresses and keys of channels, for Alertmanager. */
  readonly secrets: readonly ChannelSecret[];
}

/** What a plan is made from. */
export interface ObservedStack extends AlertRuleSettings {
  readonly prefix: string;
  readonly subnet: string;
  readonly settings: ObservabilitySettings;
  /** Who is told what happens to the stack; those that can be are told of alerts, too. */
  readonly channels: readonly ChannelSettings[];
}

/** What an observability stack is to be. */
export function planObservability(stack: ObservedStack): ObservabilityPlan {
  return {
    observers: [
      planAlertmanager(stack),
      planPrometheus(stack),
      ...planVictoriaLogs(stack),
      ...planLoki(stack),
      ...planJaeger(stack),
    ],
    secrets: channelSecrets(stack.channels),
  };
}

function planAlertmanager({ prefix, settings, channels }: ObservedStack): ObserverPlan {
  const { alertmanager } = settings;
  return {
    ...common("alertmanager", alertmanager),
    networks: [observerNetwork(prefix)],
    command: [
      "alertmanager",
      `--config.file=${ALERTMANAGER_CONFIG}`,
      "--storage.path=/alertmanager",
      `--data.retention=${alertmanager.retentionDays * 24}h`,
      `--web.listen-address=:${OBSERVER_PORTS.alertmanager}`,
      // One server alone has nobody to agree with.
      "--cluster.listen-address=",
    ],
    files: { [ALERTMANAGER_CONFIG]: renderAlertmanagerConfig(channels) },
  };
}

function planPrometheus(stack: ObservedStack): ObserverPlan {
  const { prefix, subnet, settings } = stack;
  const { prometheus, exporter } = settings;
  const logs = keptLogs(settings);
  return {
    ...common("prometheus", prometheus),
    networks: [observerNetwork(prefix), prefix],
    command: [
      "prometheus",
      `--config.file=${PROMETHEUS_FILES.config}`,
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=${prometheus.retentionDays}d`,
      `--storage.tsdb.retention.size=${prometheus.retentionGigabytes}GB`,
      `--web.listen-address=:${OBSERVER_PORTS.prometheus}`,
    ],
    files: {
      [PROMETHEUS_FILES.config]: renderPrometheusConfig({
        prefix,
        scrapeSeconds: prometheus.scrapeSeconds,
        exporter: { address: gatewayAddress(subnet), port: exporter.port },
        alsoAsked: logs ? [logs.observer] : [],
      }),
      [PROMETHEUS_FILES.rules]: prometheusRules(stack),
    },
  };
}

/** In a network of the servers alone: lines come from the exporter, and no service can write some of another's. */
function planVictoriaLogs({ prefix, settings: { victoriaLogs } }: ObservedStack): ObserverPlan[] {
  if (victoriaLogs === undefined) return [];
  return [
    {
      ...common("victorialogs", victoriaLogs),
      ...{ ownProgram: true, dataPath: DATA_MOUNT, dataDirectory: DATA_DIRECTORY },
      networks: [observerNetwork(prefix)],
      command: [
        `-storageDataPath=${DATA_MOUNT}/${DATA_DIRECTORY}`,
        `-retentionPeriod=${victoriaLogs.retentionDays}d`,
        `-retention.maxDiskSpaceUsageBytes=${victoriaLogs.retentionGigabytes}GB`,
        `-httpListenAddr=:${OBSERVER_PORTS.victorialogs}`,
        // A page of somebody else's that a browser on the host shows can read nothing.
        "-http.disableCORS",
      ],
      files: {},
    },
  ];
}

/** In the same network as VictoriaLogs would be, and for the same reason. */
function planLoki({ prefix, settings: { loki } }: ObservedStack): ObserverPlan[] {
  if (loki === undefined) return [];
  const directory = `${DATA_MOUNT}/${DATA_DIRECTORY}`;
  return [
    {
      ...common("lokilogs", loki),
      ...{ ownProgram: true, dataPath: DATA_MOUNT, dataDirectory: DATA_DIRECTORY },
      networks: [observerNetwork(prefix)],
      command: [`-config.file=${LOKI_CONFIG}`],
      files: { [LOKI_CONFIG]: renderLokiConfig({ ...loki, directory }) },
    },
  ];
}

/** In the stack's network too, where services send their traces. */
function planJaeger({ prefix, settings: { jaeger } }: ObservedStack): ObserverPlan[] {
  if (jaeger === undefined) return [];
  const directory = `${DATA_MOUNT}/${DATA_DIRECTORY}`;
  return [
    {
      ...common("jaeger", jaeger),
      ...{ ownProgram: true, dataPath: DATA_MOUNT, dataDirectory: DATA_DIRECTORY },
      networks: [observerNetwork(prefix), prefix],
      command: [`--config=${JAEGER_CONFIG}`],
      files: { [JAEGER_CONFIG]: renderJaegerConfig({ ...jaeger, directory }) },
    },
  ];
}

function common(observer: Observer, { image, memoryMegabytes, listen }: ServerSettings) {
  return {
    ...{ observer, image, memoryMegabytes, listen },
    port: OBSERVER_PORTS[observer],
    dataPath: `/${observer}`,
  };
}

/** Name of a file below {@link CONFIG_MOUNT}. */
export function configName(path: string): string {
  return path.slice(CONFIG_MOUNT.length + 1);
}
