import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** Connections that they keep, one a user. */
export const KEPT_CONNECTIONS = 8;
const PAUSE_MILLISECONDS = 5;

/** What they ask for: the edge at one of its names. */
export type AskedPage = Pick<
  https.RequestOptions & { servername: string },
  "port" | "host" | "servername" | "ca" | "path"
>;

/** What users got in the meantime. */
export interface Meanwhile<T> {
  readonly result: T;
  /** Errors, and statuses that are not 200. */
  readonly wrong: readonly string[];
  readonly answers: number;
}

/** Has users with a browser's lasting connections ask without an end, and never again for what was lost, while something is done. */
export async function usersDuring<T>(
  { ca, ...page }: AskedPage,
  action: () => Promise<T>,
): Promise<Meanwhile<T>> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: KEPT_CONNECTIONS, ca });
  const wrong: string[] = [];
  let answers = 0;
  let goes = true;
  const ask = () =>
    new Promise<void>((resolve) => {
      const request = https.get({ agent, ...page }, (response) => {
        if (response.statusCode === 200) answers += 1;
        else wrong.push(String(response.statusCode));
        response.resume().on("end", resolve);
      });
      request.on("error", (error) => {
        wrong.push(error.message);
        resolve();
      });
    });
  const users = Array.from({ length: KEPT_CONNECTIONS }, async () => {
    while (goes) {
      await ask();
      await sleep(PAUSE_MILLISECONDS);
    }
  });
  try {
    const result = await action();
    return { result, wrong, answers };
  } finally {
    goes = false;
    await Promise.all(users);
    agent.destroy();
  }
}
