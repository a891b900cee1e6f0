import type { ChannelSettings } from "../rules/notices/channels";
import { nameOf } from "../rules/notices/notice";
import { renderWebhook, signWebhook } from "../rules/notices/webhook";
import { fromEnvironment, type Listener } from "./listener";
import { post } from "./post";

/** Any program that takes JSON. The same notice has the same id at each try, so that a receiver can tell a repeat. */
export function webhookListener(channel: ChannelSettings & { kind: "webhook" }): Listener {
  const { name, urlFrom, secretFrom } = channel;
  return {
    name,
    async tell(notice) {
      const body = JSON.stringify(renderWebhook(notice));
      const id = nameOf(notice);
      const seconds = Math.floor(Date.now() / 1000);
      const signed = secretFrom ? signWebhook(fromEnvironment(secretFrom), id, seconds, body) : {};
      await post(fromEnvironment(urlFrom), body, signed);
    },
  };
}
