import type { ChannelSettings } from "../rules/notices/channels";
import { renderPagerDuty } from "../rules/notices/pagerduty";
import { fromEnvironment, type Listener } from "./listener";
import { post } from "./post";

/** PagerDuty's events API, version 2. */
const SERVICE = "https://events.pagerduty.com";

/** Wakes somebody, and tells of changes beside it. */
export function pagerDutyListener(channel: ChannelSettings & { kind: "pagerduty" }): Listener {
  const { name, routingKeyFrom, urlFrom } = channel;
  return {
    name,
    async tell(notice) {
      const base = urlFrom ? fromEnvironment(urlFrom) : SERVICE;
      for (const { path, body } of renderPagerDuty(notice, fromEnvironment(routingKeyFrom))) {
        await post(`${base.replace(/\/$/, "")}${path}`, JSON.stringify(body));
      }
    },
  };
}
