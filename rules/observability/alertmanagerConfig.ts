import { stringify } from "yaml";
import type { ChannelSettings } from "../notices/channels";
import { alertMessage } from "./alertMessage";
import { CONFIG_MOUNT } from "./layout";

/** Alertmanager's configuration, as its container sees it. */
export const ALERTMANAGER_CONFIG = `${CONFIG_MOUNT}/alertmanager.yml`;

/** Receivers: of what wakes a person, and of all else. */
const ON_CALL = "on call";
const EVERYBODY = "everybody";

/** A channel's address or key that only a file holds. */
export interface ChannelSecret {
  /** Name of the file beside Alertmanager's configuration. */
  readonly file: string;
  /** Variable of the deployer's environment that holds it. */
  readonly variable: string;
}

/** A channel that is not told of alerts. */
export interface UntoldChannel {
  readonly name: string;
  readonly why: string;
}

/** A channel as Alertmanager has it: the key of its list, and its entry. */
interface Receiver {
  readonly key: string;
  readonly entry: object;
  readonly variable: string | null;
}

/** What must be in files before the channels can be told of alerts. */
export function channelSecrets(channels: readonly ChannelSettings[]): ChannelSecret[] {
  return channels.flatMap((channel) => {
    const receiver = receiverOf(channel, CONFIG_MOUNT);
    if (typeof receiver === "string" || receiver.variable === null) return [];
    return [{ file: fileOf(channel), variable: receiver.variable }];
  });
}

/** Which channels hear of releases, and cannot be told of alerts. */
export function untoldChannels(channels: readonly ChannelSettings[]): UntoldChannel[] {
  return channels.flatMap((channel) => {
    const receiver = receiverOf(channel, CONFIG_MOUNT);
    return typeof receiver === "string" ? [{ name: channel.name, why: receiver }] : [];
  });
}

/**
 * Alertmanager's configuration. Whoever is told of releases is told of alerts: PagerDuty of what wakes a person, the
 * others of all. What fires together for a stack is one message, and so is its end.
 *
 * @param directory where the files of {@link channelSecrets} are.
 */
export function renderAlertmanagerConfig(
  channels: readonly ChannelSettings[],
  directory = CONFIG_MOUNT,
): string {
  const waking = (channel: ChannelSettings) => channel.kind === "pagerduty";
  const page = receiversOf(channels, directory);
  const ticket = receiversOf(
    channels.filter((channel) => !waking(channel)),
    directory,
  );
  return stringify(
    {
      route: {
        receiver: EVERYBODY,
        // Not by alert or service: a bad release makes many of both fire, and is one thing to tell.
        group_by: ["stack"],
        ...{ group_wait: "30s", group_interval: "5m", repeat_interval: "24h" },
        routes: [
          {
            receiver: ON_CALL,
            matchers: ['severity="page"'],
            group_wait: "10s",
            repeat_interval: "4h",
          },
        ],
      },
      inhibit_rules: INHIBITIONS,
      receivers: [
        { name: ON_CALL, ...page },
        { name: EVERYBODY, ...ticket },
      ],
    },
    { lineWidth: 0 },
  );
}

/** What is the consequence of something else that is told. */
const INHIBITIONS = [
  {
    source_matchers: ["alertname=MaestroErrorBudgetBurns", 'severity="page"'],
    target_matchers: ["alertname=MaestroErrorBudgetBurns", 'severity="ticket"'],
    equal: ["stack", "service"],
  },
  {
    source_matchers: ["alertname=MaestroEdgeDown"],
    target_matchers: ['alertname=~"MaestroErrorBudgetBurns|MaestroQuietServiceFails"'],
    equal: ["stack"],
  },
];

function receiversOf(
  channels: readonly ChannelSettings[],
  directory: string,
): Record<string, object[]> {
  const lists: Record<string, object[]> = {};
  for (const channel of channels) {
    const receiver = receiverOf(channel, directory);
    if (typeof receiver === "string") continue;
    lists[receiver.key] = [...(lists[receiver.key] ?? []), receiver.entry];
  }
  return lists;
}

/** How Alertmanager tells a channel; a text says why it cannot. */
function receiverOf(channel: ChannelSettings, directory: string): Receiver | string {
  const file = `${directory}/${fileOf(channel)}`;
  const send = { send_resolved: true };
  const { title, text, color } = alertMessage;
  switch (channel.kind) {
    case "slack":
      return {
        key: "slack_configs",
        // Alertmanager's own link leads to itself, which is on loopback.
        entry: { api_url_file: file, ...send, title, title_link: "", text, color },
        variable: channel.urlFrom,
      };
    case "discord":
      return {
        key: "discord_configs",
        entry: { webhook_url_file: file, ...send, title, message: text },
        variable: channel.urlFrom,
      };
    case "teams":
      return {
        key: "msteamsv2_configs",
        entry: { webhook_url_file: file, ...send, title, text },
        variable: channel.urlFrom,
      };
    case "pagerduty":
      return channel.urlFrom === undefined
        ? {
            key: "pagerduty_configs",
            entry: { routing_key_file: file, ...send, description: title, client: "maestro" },
            variable: channel.routingKeyFrom,
          }
        : "its address is in the environment, and Alertmanager takes one from its configuration alone";
    case "smtp":
      return channel.userFrom === undefined
        ? {
            key: "email_configs",
            entry: {
              ...{ to: channel.to.join(", "), from: channel.from },
              ...{ smarthost: `${channel.host}:${channel.port}`, ...send },
              ...{ headers: { subject: title }, html: "", text },
            },
            variable: null,
          }
        : "its user is in the environment, and Alertmanager takes one from its configuration alone";
    case "webhook":
      return "Alertmanager neither signs what it sends nor writes it as maestro does";
    case "module":
      return "it is code of the project, which Alertmanager cannot run";
  }
}

/** Names of channels are unique, and of letters that a file may have. */
function fileOf({ name }: ChannelSettings): string {
  return `channel-${name}`;
}
