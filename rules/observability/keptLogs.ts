import type { Observer } from "./layout";
import type { ObservabilitySettings, ServerSettings } from "./settings";

/** Servers that can keep a stack's logs; a stack has one of them at most. */
export type LogKeeper = Extract<Observer, "victorialogs" | "lokilogs">;

/** What keeps a stack's logs. */
export interface KeptLogs {
  readonly observer: LogKeeper;
  readonly server: ServerSettings;
}

/** What keeps a stack's logs; null: nothing does. */
export function keptLogs(settings: ObservabilitySettings | null): KeptLogs | null {
  const { victoriaLogs, loki } = settings ?? {};
  if (victoriaLogs) return { observer: "victorialogs", server: victoriaLogs };
  return loki ? { observer: "lokilogs", server: loki } : null;
}
