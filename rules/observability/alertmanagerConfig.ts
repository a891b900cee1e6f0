import { stringify } from "yaml";
import type { ChannelSettings } from "../notices/channels";
import { CONFIG_MOUNT } from "./layout";

/** Alertmanager's configuration, as its container sees it. */
export const ALERTMANAGER_CONFIG = `${CONFIG_MOUNT}/alertmanager.yml`;

/** A channel's address or key that only a file holds. */
export interface ChannelSecret {
  /** Name of the file below {@link CONFIG_MOUNT}. */
  readonly file: string;
  /** Variable of the deployer's environment that holds it. */
  readonly variable: string;
}

/** A channel that is told of alerts, too. */
type AlertChannel = ChannelSettings & { readonly kind: "slack" | "pagerduty" };

/** Who is told of alerts at all: what pages, and what can wait until morning. */
const PAGE = "page";

/**
 * Channels that Alertmanager speaks to as they are. Webhooks are not among them: they get maestro's events, signed, and
 * Alertmanager would send them its own, unsigned.
 */
function alertChannels(channels: readonly ChannelSettings[]): AlertChannel[] {
  return channels.filter(
    (channel): channel is AlertChannel => channel.kind === "slack" || channel.kind === "pagerduty",
  );
}

/** What must be in files before those channels can be told. */
export function channelSecrets(channels: readonly ChannelSettings[]): ChannelSecret[] {
  return alertChannels(channels).map((channel) => ({
    file: fileOf(channel),
    variable: channel.kind === "slack" ? channel.urlFrom : channel.routingKeyFrom,
  }));
}

/**
 * Alertmanager's configuration: Slack gets every alert, PagerDuty those that page. Alerts of one kind and service come as
 * one message, and so does their end.
 */
export function renderAlertmanagerConfig(channels: readonly ChannelSettings[]): string {
  const told = alertChannels(channels);
  const slack = told.flatMap((channel) => (channel.kind === "slack" ? [toSlack(channel)] : []));
  const pagerduty = told.flatMap((channel) =>
    channel.kind === "pagerduty" ? [toPagerDuty(channel)] : [],
  );
  const all = { ...(slack.length > 0 && { slack_configs: slack }) };
  return stringify({
    route: {
      receiver: "everybody",
      group_by: ["alertname", "service"],
      ...{ group_wait: "30s", group_interval: "5m", repeat_interval: "4h" },
      routes: [{ receiver: "on call", matchers: [`severity="${PAGE}"`] }],
    },
    receivers: [
      { name: "everybody", ...all },
      {
        name: "on call",
        ...all,
        ...(pagerduty.length > 0 && { pagerduty_configs: pagerduty }),
      },
    ],
  });
}

const TITLE =
  "{{ .Status | toUpper }} {{ .CommonLabels.stack }}: {{ .CommonLabels.alertname }}{{ with .CommonLabels.service }} ({{ . }}){{ end }}";
const TEXT = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}";

function toSlack(channel: AlertChannel) {
  return { api_url_file: pathOf(channel), send_resolved: true, title: TITLE, text: TEXT };
}

function toPagerDuty(channel: AlertChannel) {
  return { routing_key_file: pathOf(channel), send_resolved: true, description: TITLE };
}

function fileOf({ name }: AlertChannel): string {
  return `channel-${name}`;
}

function pathOf(channel: AlertChannel): string {
  return `${CONFIG_MOUNT}/${fileOf(channel)}`;
}
