import type { ChannelSettings } from "../rules/notices/channels";
import type { Notice } from "../rules/notices/notice";
import { fromEnvironment, NotTold, type Listener } from "./listener";
import { post } from "./post";

/**
 * The listener of a channel; loads no more than its kind needs.
 *
 * @param root directory that modules' paths are relative to.
 */
export async function openListener(channel: ChannelSettings, root: string): Promise<Listener> {
  const { name } = channel;
  switch (channel.kind) {
    case "slack": {
      const { renderSlack } = await import("../rules/notices/slack");
      return chat(name, channel.urlFrom, renderSlack);
    }
    case "discord": {
      const { renderDiscord } = await import("../rules/notices/discord");
      return chat(name, channel.urlFrom, renderDiscord);
    }
    case "teams": {
      const { renderTeams } = await import("../rules/notices/teams");
      return chat(name, channel.urlFrom, renderTeams);
    }
    case "webhook":
      return (await import("./webhook")).webhookListener(channel);
    case "pagerduty":
      return (await import("./pagerduty")).pagerDutyListener(channel);
    case "smtp":
      return (await import("./smtp").catch(refuseMail)).smtpListener(channel);
    case "module":
      return (await import("./module")).moduleListener(channel, root);
  }
}

/** An optional dependency: who sends no mail need not have it. */
function refuseMail(): never {
  throw new NotTold(
    "mail needs the package nodemailer; npm install nodemailer@10.6.0",
    "elsewhere",
  );
}

function chat(name: string, urlFrom: string, render: (notice: Notice) => object): Listener {
  return {
    name,
    tell: async (notice) => post(fromEnvironment(urlFrom), JSON.stringify(render(notice))),
  };
}
