import type { Answer } from "../host/asking";
import { plainText } from "../plainText";

/** Most characters of an answer's body that a message shows. */
const SNIPPET_LENGTH = 160;

/** Whether an answer says that the service is well. */
export function isWell({ status }: Pick<Answer, "status">): boolean {
  return status >= 200 && status < 300;
}

/**
 * An answer about a service's health, for a message: what it was, as whose request, what the service says about it, and
 * which setting could be meant.
 *
 * @param asked scheme and host the request named, where the edge's answer does not say
 */
export function describeAnswer(answer: Answer, asked?: string): string {
  const { status, headers } = answer;
  const as = String(headers["x-maestro-asked"] ?? asked ?? "");
  const location = status >= 300 && status < 400 ? (headers.location ?? "") : "";
  const says = snippet(answer);
  return [
    `status ${status}`,
    location && ` to ${plainText(location, SNIPPET_LENGTH)}`,
    as && `, asked as ${plainText(as, SNIPPET_LENGTH)}`,
    says && `, which says "${says}"`,
    hint(status, location, as),
  ].join("");
}

/** A page of HTML says more without its tags. */
function snippet({ body, headers }: Answer): string {
  const isHtml = String(headers["content-type"] ?? "").includes("html");
  const text = isHtml
    ? body.replace(/<(style|script|title)\b.*?<\/\1>/gis, " ").replace(/<[^>]*>/g, " ")
    : body;
  return plainText(text.replace(/\s+/g, " ").trim(), SNIPPET_LENGTH);
}

function hint(status: number, location: string, asked: string): string {
  if (location.startsWith("https://") && asked.startsWith("http://")) {
    return "; if users come by https, set health.scheme: https";
  }
  if (location) return "; name a path that answers 2xx itself";
  if (status === 401) return "; health paths must answer without a login";
  return [400, 403, 404, 421].includes(status) && asked
    ? "; health.host asks with another host name"
    : "";
}
