import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { logLines } from "../../host/logLines";

/** What the edge has logged of the requests under test. */
export interface EdgeLogTally {
  /** Requests that the edge has seen, by id. */
  readonly seen: number;
  /** Ids that it has seen more than once: a client or a proxy has sent them again. */
  readonly duplicated: readonly string[];
  /** Requests that the edge has sent to a service more than once. */
  readonly retried: number;
  /** Answered ids that are not in the log. */
  readonly missing: readonly string[];
}

interface Entry {
  readonly id: string;
  readonly retried: boolean;
  /** Number of the client's connection, and which of its requests this one is. */
  readonly connection: string;
}

/** Follows the edge's access log, so that what clients saw can be matched against what reached the services. */
export class EdgeLog {
  /** Id -> the connections' requests that have brought it. */
  private readonly carriers = new Map<string, string>();
  private readonly duplicated = new Set<string>();
  private retried = 0;

  private constructor(private readonly stream: Duplex) {
    const read = logLines();
    stream.on("data", (chunk: Buffer) => read(chunk).forEach((line) => this.count(line)));
  }

  static async follow(engine: Docker, container: string): Promise<EdgeLog> {
    const stream = await engine
      .getContainer(container)
      .logs({ stdout: true, follow: true, since: Math.floor(Date.now() / 1000) });
    return new EdgeLog(stream as unknown as Duplex);
  }

  /** Waits until every answered request is in the log, for a few seconds at the most, and adds up. */
  async stop(answered: ReadonlySet<string>): Promise<EdgeLogTally> {
    const deadline = Date.now() + 5_000;
    const missing = () => [...answered].filter((id) => !this.carriers.has(id));
    while (missing().length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    this.stream.destroy();
    const { carriers, retried } = this;
    return { seen: carriers.size, duplicated: [...this.duplicated], retried, missing: missing() };
  }

  private count(line: string): void {
    if (!line.startsWith("{")) return;
    const { id, retried, connection } = JSON.parse(line) as Entry;
    const carrier = this.carriers.get(id);
    // When the Engine rotates a log, its reader gives some lines again: the same request of the same connection.
    if (carrier === connection) return;
    this.carriers.set(id, connection);
    if (carrier !== undefined) this.duplicated.add(id);
    if (retried) this.retried += 1;
  }
}
