import { cut, originOf, type Notice } from "./notice";

/** A section takes so many characters, or Slack refuses the whole message. */
const SECTION_LENGTH = 3_000;

/** The body of a Slack incoming webhook. */
export function renderSlack(notice: Notice): object {
  const title = escape(notice.title);
  const lines = [
    `*${title}*`,
    ...(notice.reason ? [escape(notice.reason)] : []),
    escape(originOf(notice)),
  ];
  return {
    text: cut(title, SECTION_LENGTH),
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: cut(lines.join("\n"), SECTION_LENGTH) } },
    ],
  };
}

/** `<!channel>` and links must not come from what somebody else has written. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
