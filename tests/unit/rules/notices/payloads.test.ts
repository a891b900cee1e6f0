import { nameOf, noticeOf, NOTICE_KINDS, type Notice } from "../../../../rules/notices/notice";
import { renderDiscord } from "../../../../rules/notices/discord";
import { renderPagerDuty } from "../../../../rules/notices/pagerduty";
import { renderSlack } from "../../../../rules/notices/slack";
import { renderTeams } from "../../../../rules/notices/teams";
import { renderWebhook, signWebhook } from "../../../../rules/notices/webhook";

const EVENT = {
  ...{ number: 7, kind: "rejected", release: "a1b2c3d4e5f6", color: "green", by: "ci" },
  ...{ reason: "web: 31 of 655 requests failed", commit: "0123456789ab" },
  at: "2026-01-01T12:00:00.000Z",
};
const AT = { stack: "production", source: "shop-production" };
const notice = noticeOf(AT, EVENT) as Notice;
/** What somebody could write into a reason or a branch's name to be heard by all, or to lead elsewhere. */
const HOSTILE = '<!channel> @everyone [x](http://evil) **b** <a href="x">\n"\u202e';
const hostile = noticeOf(AT, { ...EVENT, reason: HOSTILE, by: "<!here>" }) as Notice;

describe("a notice", () => {
  it("has a name of its own, also in a stack of the same name or one that was made anew", () => {
    const other = noticeOf({ ...AT, source: "other-production" }, EVENT) as Notice;
    const later = noticeOf(AT, { ...EVENT, at: "2026-02-01T12:00:00.000Z" }) as Notice;
    expect(new Set([notice, other, later].map(nameOf)).size).toBe(3);
    expect(nameOf(noticeOf(AT, EVENT) as Notice)).toBe(nameOf(notice));
  });

  it("is made of the events that somebody wants to know of, and of no others", () => {
    for (const kind of NOTICE_KINDS) expect(noticeOf(AT, { ...EVENT, kind })).not.toBeNull();
    for (const kind of ["proven", "migrated", "retired"]) {
      expect(noticeOf(AT, { ...EVENT, kind })).toBeNull();
    }
  });

  it("says in one line what has happened, and how much it matters", () => {
    expect(notice).toMatchObject({
      title: "production: release a1b2c3d4e5f6 is rejected",
      severity: "warning",
    });
    const watched = noticeOf(AT, { ...EVENT, kind: "watched", reason: "inconclusive: few" });
    expect(watched).toMatchObject({ severity: "warning" });
    expect(noticeOf(AT, { ...EVENT, kind: "no healthy set" })).toMatchObject({
      severity: "critical",
    });
    const paused = { ...EVENT, kind: "paused", ends: "2026-01-01T12:00:20.000Z" };
    expect(noticeOf(AT, paused)).toMatchObject({
      title: "production: new requests are held, until 2026-01-01T12:00:20.000Z at the latest",
      severity: "info",
    });
  });
});

describe("the payload of", () => {
  it("Slack", () => {
    expect(renderSlack(notice)).toEqual({
      text: "production: release a1b2c3d4e5f6 is rejected",
      blocks: [
        {
          type: "section",
          text: {
            type: "mrkdwn",
            text: "*production: release a1b2c3d4e5f6 is rejected*\nweb: 31 of 655 requests failed\nby ci, from 01234567",
          },
        },
      ],
    });
  });

  it("Discord", () => {
    expect(renderDiscord(notice)).toEqual({
      content: "",
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: "production: release a1b2c3d4e5f6 is rejected",
          description: "web: 31 of 655 requests failed",
          color: 0xdaa038,
          footer: { text: "by ci, from 01234567" },
          timestamp: "2026-01-01T12:00:00.000Z",
        },
      ],
    });
  });

  it("Teams", () => {
    const block = (text: string, more: object) => ({
      type: "TextBlock",
      text,
      wrap: true,
      ...more,
    });
    expect(renderTeams(notice)).toEqual({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            type: "AdaptiveCard",
            version: "1.4",
            body: [
              block("production: release a1b2c3d4e5f6 is rejected", {
                weight: "Bolder",
                color: "Warning",
              }),
              block("web: 31 of 655 requests failed", {}),
              block("by ci, from 01234567", { isSubtle: true }),
            ],
          },
        },
      ],
    });
  });

  it("PagerDuty: an alert, and its end with a change beside it", () => {
    const details = {
      release: "a1b2c3d4e5f6",
      reason: EVENT.reason,
      by: "ci",
      commit: EVENT.commit,
    };
    expect(renderPagerDuty(notice, "KEY")).toEqual([
      {
        path: "/v2/enqueue",
        body: {
          ...{ routing_key: "KEY", dedup_key: "maestro/shop-production", event_action: "trigger" },
          payload: {
            summary: "production: release a1b2c3d4e5f6 is rejected",
            ...{ source: "maestro/shop-production", timestamp: EVENT.at, severity: "error" },
            ...{ component: "production", group: "release", class: "rejected" },
            custom_details: details,
          },
        },
      },
    ]);
    const moved = noticeOf(AT, { ...EVENT, kind: "moved" }) as Notice;
    const [resolve, change] = renderPagerDuty(moved, "KEY");
    expect(resolve!.body).toEqual({
      ...{ routing_key: "KEY", dedup_key: "maestro/shop-production", event_action: "resolve" },
    });
    expect(change!.path).toBe("/v2/change/enqueue");
    expect(change!.body).not.toHaveProperty("event_action");
  });

  it("PagerDuty wakes nobody for what is no trouble, and a test ends no incident", () => {
    const sent = (changes: object) =>
      renderPagerDuty(noticeOf(AT, { ...EVENT, ...changes }) as Notice, "KEY");
    expect(sent({ kind: "claimed" })).toEqual([]);
    expect(sent({ kind: "went back", reason: "the update was cancelled" })).toEqual([]);
    expect(sent({ kind: "went back", reason: "web: 3 of 3 failed" })).toHaveLength(1);
    const tested = renderPagerDuty({ ...notice, kind: "test" }, "KEY").map(({ body }) => body);
    expect(tested).toMatchObject([
      { event_action: "trigger", dedup_key: "maestro/shop-production/test" },
      { event_action: "resolve", dedup_key: "maestro/shop-production/test" },
    ]);
  });

  it("a webhook: all of the notice, signed as the standard's own example is", () => {
    expect(renderWebhook(notice)).toEqual({
      type: "release.rejected",
      timestamp: EVENT.at,
      data: notice,
    });
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const body = '{"test": 2432232314}';
    expect(signWebhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });
});

describe("somebody else's text", () => {
  it("calls nobody and leads nowhere", () => {
    expect(JSON.stringify(renderSlack(hostile))).not.toMatch(/<!|<a /);
    expect(JSON.stringify(renderTeams(hostile))).not.toContain("[x](");
    expect(renderDiscord(hostile)).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(hostile.reason).not.toMatch(/[\n\u202e]/);
  });

  it("is cut to what a channel takes, and no character in two", () => {
    const long = noticeOf(AT, { ...EVENT, reason: "😀".repeat(9_000) }) as Notice;
    for (const rendered of [renderSlack(long), renderDiscord(long), renderTeams(long)]) {
      const text = JSON.stringify(rendered);
      expect(text).not.toMatch(/\\ud83d(?!\\ude00)/);
      expect(Buffer.byteLength(text)).toBeLessThan(28_000);
    }
  });
});
