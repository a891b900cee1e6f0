import { cut, originOf, type Notice, type Severity } from "./notice";

/** A message may have 28 kB; this leaves room for characters of four bytes. */
const TEXT_LENGTH = 5_000;
const COLORS: Readonly<Record<Severity, string>> = {
  ...{ info: "Default", good: "Good", warning: "Warning", critical: "Attention" },
};

/** The body for a Teams workflow: an Adaptive Card. */
export function renderTeams(notice: Notice): object {
  const text = (value: string, more: object = {}) => ({
    ...{ type: "TextBlock", text: plain(cut(value, TEXT_LENGTH)), wrap: true },
    ...more,
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          ...{ type: "AdaptiveCard", version: "1.4" },
          body: [
            text(notice.title, { weight: "Bolder", color: COLORS[notice.severity] }),
            ...(notice.reason ? [text(notice.reason)] : []),
            text(originOf(notice), { isSubtle: true }),
          ],
        },
      },
    ],
  };
}

/** A text block reads Markdown: links must not come from what somebody else has written. */
function plain(text: string): string {
  return text.replace(/([\\[\]()*_`<>])/g, "\\$1");
}
