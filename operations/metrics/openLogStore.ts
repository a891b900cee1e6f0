import type { Asker } from "../../rules/host/asking";
import { listenUrl } from "../../rules/edge/listenUrl";
import type { KeptLogs } from "../../rules/observability/keptLogs";
import type { LogStore } from "./logStore";

/**
 * The store of a stack's lines; the other one is not loaded.
 *
 * @param warn is told what the store does not keep, and why.
 */
export async function openLogStore(
  host: Asker,
  { observer, server }: KeptLogs,
  warn: (text: string) => void,
): Promise<LogStore> {
  const url = listenUrl(server.listen);
  if (observer === "lokilogs") {
    const { Loki } = await import("./loki");
    return new Loki(host, { url, retentionDays: server.retentionDays }, warn);
  }
  const { VictoriaLogs } = await import("./victoriaLogs");
  return new VictoriaLogs(host, url);
}
