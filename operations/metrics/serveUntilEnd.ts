import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { ListenPoint } from "../../rules/observability/layout";
import { sleep } from "../../targets/timing";
import { Exporter, type WatchedStack } from "./exporter";
import { serveMetrics } from "./serveMetrics";

/** How often it is tried again where the stack has no network yet, in milliseconds. */
const RETRY_MILLISECONDS = 2_000;

/**
 * Serves a stack's metrics until it is told to end. A stack's network and its token come with its first update, so they
 * are waited for.
 *
 * @param tokenFile null: no token is asked for.
 */
export async function serveUntilEnd(
  watched: WatchedStack,
  listen: ListenPoint,
  tokenFile: string | null,
  end: AbortSignal,
): Promise<void> {
  const exporter = await Exporter.start(watched);
  try {
    const server = await listenAtLast(exporter, listen, tokenFile, end);
    if (server === null) return;
    console.log(`http://${listen.address}:${listen.port}/metrics`);
    await new Promise<void>((resolve) => {
      if (end.aborted) resolve();
      end.addEventListener("abort", () => resolve(), { once: true });
    });
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
  } finally {
    await exporter.close();
  }
}

/** Null: it was told to end before. */
async function listenAtLast(
  exporter: Exporter,
  listen: ListenPoint,
  tokenFile: string | null,
  end: AbortSignal,
): Promise<Server | null> {
  let said = "";
  while (!end.aborted) {
    try {
      const token = tokenFile === null ? null : readToken(tokenFile);
      return await serveMetrics(exporter, listen, token);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EADDRINUSE") {
        const at = `${listen.address}:${listen.port}`;
        throw new Error(`--listen: another program listens there, got ${at}; choose another port`);
      }
      // Anything else does not come with an update.
      if (code !== "EADDRNOTAVAIL" && code !== "ENOENT") throw error;
      if (message !== said) console.error(`waits for the stack's first update: ${message}`);
      said = message;
      await sleep(RETRY_MILLISECONDS);
    }
  }
  return null;
}

function readToken(file: string): string {
  const token = readFileSync(file, "utf8").trim();
  if (token.length >= 16) return token;
  throw new Error(`${file}: must hold a token of at least 16 characters; write another one`);
}
