import { parse } from "yaml";
import type { ChannelSettings } from "../../../../rules/notices/channels";
import {
  channelSecrets,
  renderAlertmanagerConfig,
  untoldChannels,
} from "../../../../rules/observability/alertmanagerConfig";

/** A channel of each kind, told of what is usual. */
const CHANNELS = [
  { kind: "slack", name: "team", urlFrom: "TEAM_URL" },
  { kind: "discord", name: "discord", urlFrom: "DISCORD_URL" },
  { kind: "teams", name: "teams", urlFrom: "TEAMS_URL" },
  { kind: "pagerduty", name: "on-call", routingKeyFrom: "ON_CALL_KEY" },
  { kind: "smtp", name: "mail", host: "mail.example.com", port: 25, from: "a@x.org", to: ["b@x.org", "c@x.org"] },
  { kind: "smtp", name: "login", host: "mail.example.com", port: 587, from: "a@x.org", to: ["b@x.org"], userFrom: "USER", passwordFrom: "PASSWORD" },
  { kind: "webhook", name: "hook", urlFrom: "HOOK_URL", secretFrom: "HOOK_SECRET" },
  { kind: "module", name: "own", module: "own.js", options: {} },
].map((channel) => ({ ...channel, events: [] }) as unknown as ChannelSettings); // prettier-ignore

interface Config {
  readonly receivers: readonly Readonly<Record<string, readonly object[]>>[];
}

function receiversOf(channels: readonly ChannelSettings[]) {
  const { receivers } = parse(renderAlertmanagerConfig(channels, "/secrets")) as Config;
  return receivers.map(({ name, ...lists }) => [name, lists] as const);
}

describe("Alertmanager's configuration", () => {
  it("wakes whoever is on call by pages, and tells the others of all", () => {
    const [page, ticket] = receiversOf(CHANNELS);
    const all = ["slack_configs", "discord_configs", "msteamsv2_configs", "email_configs"];
    expect([page![0], ticket![0]]).toEqual(["on call", "everybody"]);
    expect(Object.keys(page![1]).sort()).toEqual([...all, "pagerduty_configs"].sort());
    expect(Object.keys(ticket![1]).sort()).toEqual(all.sort());
  });

  it("has addresses and keys in files, and tells of the end of what it told", () => {
    const [[, page]] = receiversOf(CHANNELS) as [readonly [unknown, Record<string, object[]>]];
    expect(page["slack_configs"]).toMatchObject([{ api_url_file: "/secrets/channel-team" }]);
    expect(page["discord_configs"]).toMatchObject([
      { webhook_url_file: "/secrets/channel-discord" },
    ]);
    expect(page["msteamsv2_configs"]).toMatchObject([
      { webhook_url_file: "/secrets/channel-teams" },
    ]);
    expect(page["pagerduty_configs"]).toMatchObject([
      { routing_key_file: "/secrets/channel-on-call" },
    ]);
    expect(page["email_configs"]).toMatchObject([
      { to: "b@x.org, c@x.org", from: "a@x.org", smarthost: "mail.example.com:25" },
    ]);
    for (const each of Object.values(page).flat())
      expect(each).toMatchObject({ send_resolved: true });
  });

  it("names the files that it wants, and channels that it cannot tell", () => {
    expect(channelSecrets(CHANNELS)).toEqual([
      { file: "channel-team", variable: "TEAM_URL" },
      { file: "channel-discord", variable: "DISCORD_URL" },
      { file: "channel-teams", variable: "TEAMS_URL" },
      { file: "channel-on-call", variable: "ON_CALL_KEY" },
    ]);
    expect(untoldChannels(CHANNELS).map(({ name }) => name)).toEqual(["login", "hook", "own"]);
  });

  it("is one that tells nobody where there is no channel", () => {
    expect(receiversOf([])).toEqual([
      ["on call", {}],
      ["everybody", {}],
    ]);
  });
});
