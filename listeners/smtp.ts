import { createTransport } from "nodemailer";
import type { ChannelSettings } from "../rules/notices/channels";
import { isLoopback } from "../rules/notices/addresses";
import { cut, originOf } from "../rules/notices/notice";
import { fromEnvironment, NotTold, type Listener } from "./listener";

const TIMEOUT_MILLISECONDS = 5_000;
const SUBJECT_LENGTH = 200;
/** From here on TLS begins at once; on other ports the server must offer it. */
const TLS_PORT = 465;

/** A mail. Over a connection that is not encrypted none is sent, except on this machine. */
export function smtpListener(channel: ChannelSettings & { kind: "smtp" }): Listener {
  const { name, host, port, from, to, userFrom, passwordFrom } = channel;
  const isLocal = isLoopback(host);
  return {
    name,
    async tell(notice) {
      const transport = createTransport({
        ...{ host, port, secure: port === TLS_PORT, requireTLS: !isLocal, ignoreTLS: isLocal },
        ...(userFrom && passwordFrom
          ? { auth: { user: fromEnvironment(userFrom), pass: fromEnvironment(passwordFrom) } }
          : {}),
        connectionTimeout: TIMEOUT_MILLISECONDS,
        greetingTimeout: TIMEOUT_MILLISECONDS,
        socketTimeout: TIMEOUT_MILLISECONDS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const text = [notice.title, notice.reason, originOf(notice), notice.at];
      try {
        await transport.sendMail({
          ...{ from, to: [...to], subject: cut(notice.title, SUBJECT_LENGTH) },
          text: text.filter(Boolean).join("\n\n"),
        });
      } catch (error) {
        // The server's own words may name the user.
        const { code = "failed", responseCode } = error as { code?: string; responseCode?: number };
        const says = responseCode === undefined ? code : `${code}, status ${responseCode}`;
        throw new NotTold(says, (responseCode ?? 0) >= 500 ? "never" : "later");
      } finally {
        transport.close();
      }
    },
  };
}
