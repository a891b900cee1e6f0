import { cut, originOf, type Notice, type Severity } from "./notice";

const TITLE_LENGTH = 256;
const DESCRIPTION_LENGTH = 4_000;
const COLORS: Readonly<Record<Severity, number>> = {
  ...{ info: 0x5865f2, good: 0x2eb886, warning: 0xdaa038, critical: 0xa30200 },
};

/** The body of a Discord webhook: it mentions nobody, whatever the text says. */
export function renderDiscord(notice: Notice): object {
  const { title, reason, severity, at } = notice;
  return {
    content: "",
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(title, TITLE_LENGTH),
        description: cut(reason, DESCRIPTION_LENGTH),
        color: COLORS[severity],
        footer: { text: cut(originOf(notice), 2_000) },
        timestamp: at,
      },
    ],
  };
}
