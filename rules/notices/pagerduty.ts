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
 * change beside it that alerts nobody. What is no trouble alerts nobody either, and a test has an alert of its own.
 */
export function renderPagerDuty(notice: Notice, routingKey: string): PagerDutyEvent[] {
  const { kind, source, title, at, severity } = notice;
  const dedup_key = cut(`maestro/${source}${kind === "test" ? "/test" : ""}`, KEY_LENGTH);
  const alert = (action: object): PagerDutyEvent => ({
    path: "/v2/enqueue",
    body: { routing_key: routingKey, dedup_key, ...action },
  });
  const summary = {
    summary: cut(title, SUMMARY_LENGTH),
    timestamp: at,
    source: `maestro/${source}`,
  };
  const trigger = alert({ event_action: "trigger", payload: { ...summary, ...detailsOf(notice) } });
  if (kind === "test") return [trigger, alert({ event_action: "resolve" })];
  if (kind === "moved") {
    const { custom_details } = detailsOf(notice);
    const payload = { ...summary, custom_details };
    return [
      alert({ event_action: "resolve" }),
      { path: "/v2/change/enqueue", body: { routing_key: routingKey, payload } },
    ];
  }
  return severity === "info" || severity === "good" ? [] : [trigger];
}

function detailsOf({ kind, stack, severity, release, reason, by, commit }: Notice) {
  return {
    severity: { info: "info", good: "info", warning: "error", critical: "critical" }[severity],
    ...{ component: stack, group: "release", class: kind },
    custom_details: { release, reason, by, commit },
  };
}
