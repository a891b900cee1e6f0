import { setTimeout as sleep } from "node:timers/promises";
import type { AccessLogEntry, EdgeStack } from "./edgeStack";
import { sendRaw, type RawRequest } from "./rawRequest";

/** Origin that the route of `binary` names. */
export const ORIGIN = "https://app.example";

/** What a service says that it has received. */
export interface Seen {
  readonly url: string;
  readonly client: string;
  readonly headers: Record<string, string>;
}

/** Questions to the services behind one edge. */
export function asking(stack: EdgeStack) {
  const send = (url: string, request?: RawRequest) => sendRaw(stack.url, url, request);
  return {
    send,

    /** Host and port that clients of the edge name. */
    host: () => new URL(stack.url).host,

    seen: async (url: string, headers: Record<string, string> = {}): Promise<Seen> => {
      const { status, body } = await send(url, { headers });
      if (status !== 200) throw new Error(`${url}: status ${status}\n${body}`);
      return JSON.parse(body) as Seen;
    },

    locationOf: async (url: string, headers: Record<string, string> = {}) =>
      (await send(url, { headers })).headers.location,

    /** The last entry of the access log that fits. */
    logged: async (fits: (entry: AccessLogEntry) => boolean): Promise<AccessLogEntry> => {
      for (let attempt = 0; attempt < 50; attempt += 1) {
        const entry = (await stack.accessLog()).reverse().find(fits);
        if (entry) return entry;
        await sleep(50);
      }
      throw new Error("no such entry in the access log");
    },
  };
}
