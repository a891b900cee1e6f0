import { setTimeout as sleep } from "node:timers/promises";
import { HostError } from "../rules/host/asking";
import type { Host } from "./host";

/** Where the edge says which configuration its workers have loaded. */
export const GENERATION_PATH = "/edge/generation";

/** What the edge answers at a path of its own, by each of its addresses; null: it does not answer there. */
export async function askEdge(
  host: Pick<Host, "ask">,
  urls: readonly string[],
  path: string,
): Promise<readonly (string | null)[]> {
  return Promise.all(
    urls.map((url) =>
      host.ask(url + path).then(
        ({ body }) => body.trim(),
        (error: unknown) => {
          if (error instanceof HostError) throw error;
          return null;
        },
      ),
    ),
  );
}

/** Whether new connections reach workers that answer as wanted; five in a row, since old workers end one by one. */
export async function answersSteadily(
  host: Pick<Host, "ask">,
  urls: readonly string[],
  path: string,
  wanted: string,
  deadlineMilliseconds: number,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMilliseconds;
  let inRow = 0;
  while (performance.now() < deadline) {
    inRow = (await askEdge(host, urls, path)).includes(wanted) ? inRow + 1 : 0;
    if (inRow === 5) return true;
    await sleep(20);
  }
  return false;
}
