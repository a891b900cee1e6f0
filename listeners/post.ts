import { lookup as resolve } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { findAddressProblem } from "../rules/notices/addresses";
import { NotTold } from "./listener";

const TIMEOUT_MILLISECONDS = 5_000;
const MOST_RETRY_AFTER_SECONDS = 20;

/**
 * Sends one JSON document. No redirect is followed: what a channel's address answers must not choose whom this machine
 * talks to. The address is secret, so no message names it.
 *
 * @throws NotTold
 */
export async function post(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const url = parse(address);
  const { status, retryAfter } = await send(url, body, headers);
  if (status >= 200 && status < 300) return;
  const mayHelp = status === 408 || status === 429 || status >= 500;
  const says = status >= 300 && status < 400 ? `status ${status}, a redirect` : `status ${status}`;
  throw new NotTold(says, mayHelp ? "later" : "never", retryAfter);
}

function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const problem = url === null ? "the address is no URL" : findAddressProblem(url);
  if (problem !== null) throw new NotTold(`${problem}; correct it where it is kept`, "elsewhere");
  return url!;
}

function send(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; retryAfter: number | null }> {
  const client = url.protocol === "https:" ? https : http;
  return new Promise((settle, fail) => {
    const request = client.request(
      url,
      {
        method: "POST",
        agent: false,
        lookup: lookupAllowed,
        headers: {
          "content-type": "application/json",
          "content-length": String(Buffer.byteLength(body)),
          ...headers,
        },
      },
      (answer) => {
        clearTimeout(timer);
        const said = Number(answer.headers["retry-after"]);
        const retryAfter = said > 0 ? Math.min(said, MOST_RETRY_AFTER_SECONDS) : null;
        settle({ status: answer.statusCode ?? 0, retryAfter });
        // What it says beside that is of no use, and may never end.
        answer.on("error", () => undefined);
        request.destroy();
      },
    );
    const give = (why: string) => fail(new NotTold(why, "later"));
    const timer = setTimeout(() => {
      request.destroy();
      give(`no answer within ${TIMEOUT_MILLISECONDS / 1000} s`);
    }, TIMEOUT_MILLISECONDS);
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      give(error.code ?? "the connection failed");
    });
    request.end(body);
  });
}

/** Looks at the address that is really connected to: a name may be told otherwise from one question to the next. */
const lookupAllowed: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, "");
    const refused = found.some(({ address }) => findAddressProblem(address) !== null);
    if (refused) {
      const problem: NodeJS.ErrnoException = new Error("link-local");
      problem.code = "the name leads to a link-local address, which is refused";
      return callback(problem, "");
    }
    if (options.all) return callback(null, found);
    const [first] = found;
    callback(null, first?.address ?? "", first?.family ?? isIP(first?.address ?? ""));
  });
};
