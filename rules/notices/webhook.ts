import { createHmac } from "node:crypto";
import type { Notice } from "./notice";

/** The body that a webhook gets: all of a notice. */
export function renderWebhook(notice: Notice): object {
  return {
    type: `release.${notice.kind.replaceAll(" ", "_")}`,
    timestamp: notice.at,
    data: notice,
  };
}

/**
 * Headers by which a receiver knows who has sent a body, when, and that it is the same one (Standard Webhooks).
 *
 * @param secret `whsec_` and base64.
 * @param seconds Unix time.
 */
export function signWebhook(
  secret: string,
  id: string,
  seconds: number,
  body: string,
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${signature}`,
  };
}
