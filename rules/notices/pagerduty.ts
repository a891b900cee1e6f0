import { cut, type Notice } from "./notice";

const SUMMARY_LENGTH = 1_024;
const KEY_LENGTH = 255;

/** What PagerDuty is told, and where. */
export interface PagerDutyEvent {
  readonly path: "/v2/enqueue" | "/v2/change/enqueue";
  readonly body: object;
}

/**
 * What PagerDuty is told of a notice: an alert of what somebody must look at, its end when a release serves again, and a
 * change beside it that alerts nobody.
 */
export function renderPagerDuty(notice: Notice, routingKey: string): PagerDutyEvent[] {
  const { kind, stack, title, reason, at, release, by, commit } = notice;
  const details = { release, reason, by, commit };
  const dedup_key = cut(`maestro/${stack}`, KEY_LENGTH);
  const alert = (action: object): PagerDutyEvent => ({
    path: "/v2/enqueue",
    body: { routing_key: routingKey, dedup_key, ...action },
  });
  if (kind === "moved") {
    const payload = {
      ...{ summary: cut(title, SUMMARY_LENGTH), timestamp: at, source: `maestro/${stack}` },
      custom_details: details,
    };
    return [
      alert({ event_action: "resolve" }),
      { path: "/v2/change/enqueue", body: { routing_key: routingKey, payload } },
    ];
  }
  const payload = {
    ...{ summary: cut(title, SUMMARY_LENGTH), source: `maestro/${stack}`, timestamp: at },
    severity: notice.severity === "critical" ? "critical" : "error",
    ...{ component: stack, group: "release", class: kind, custom_details: details },
  };
  return [alert({ event_action: "trigger", payload })];
}
