import type Docker from "dockerode";
import { readContainerLog } from "../../host/containerLog";
import { parseAccessLine } from "../../rules/edge/accessLog";
import type { TrafficWindow } from "../../rules/top/trafficWindow";

/** Counts users' requests by the edge's log, as the Engine gives it: no file, no open port, over SSH too. */
export class EdgeTraffic {
  /** Why the log cannot be read; null: it can. */
  missing: string | null = null;
  private reading: Promise<void> | null = null;
  /** Time of the last line that was counted: the log is opened again from there. */
  private lastAt = 0;

  /** @param edge name of the edge's container. */
  constructor(
    private readonly engine: Docker,
    private readonly edge: string,
    private readonly window: TrafficWindow,
  ) {}

  /** Counts all that was logged since a moment, in Unix time. */
  async readSince(since: number): Promise<void> {
    await this.read({ since: String(Math.floor(since)), follow: false });
  }

  /** Counts what is logged from a moment on, until it is aborted; does nothing as long as it does so already. */
  keepFollowing(since: number, signal: AbortSignal): void {
    const from = String(Math.floor(Math.max(since, this.lastAt)));
    this.reading ??= this.read({ since: from, follow: true }, signal)
      .then(
        () => (this.missing = "the edge's log has ended, so its container has"),
        (error: Error) => (this.missing = error.message),
      )
      .then(() => (this.reading = null))
      .then(() => undefined);
  }

  private async read(
    part: { readonly since: string; readonly follow: boolean },
    signal?: AbortSignal,
  ): Promise<void> {
    // The Engine tells the second that it begins with from its start.
    const counted = this.lastAt;
    for await (const lines of readContainerLog(this.engine, this.edge, part, signal)) {
      this.missing = null;
      for (const { text } of lines) {
        const logged = parseAccessLine(text);
        if (!logged || logged.request.at <= counted) continue;
        this.lastAt = Math.max(this.lastAt, logged.request.at);
        this.window.add(logged.request);
      }
    }
  }
}
