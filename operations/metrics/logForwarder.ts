import type Docker from "dockerode";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { TimedLine } from "../../host/timedLines";
import { parseFields } from "../../rules/logs/logLine";
import { edgeLabels, type LogLabels } from "../../rules/observability/logRow";
import { sleep } from "../../targets/timing";
import { findSources, type LogSource } from "../logs/logSources";
import { ContainerFeed } from "./containerFeed";
import type { EdgeFeed } from "./edgeFeed";
import type { ReadLine } from "./liveLines";
import { Lateness } from "./lateness";
import { LogBatch } from "./logBatch";
import type { LogStore } from "./logStore";
import { readHeldSets } from "./stackFacts";

/** How often lines are sent, and new containers looked for, in milliseconds. */
const SEND_MILLISECONDS = 500;
/** How long it is waited until a store that is away is tried again, in milliseconds. */
const RETRY_MILLISECONDS = 2_000;

/** Whose logs are kept, and where. */
export interface ForwardedStack {
  readonly stack: string;
  readonly prefix: string;
  readonly host: Host;
  /** Directory of the stack's records. */
  readonly directory: string;
  /** Keeps its lines. */
  readonly store: LogStore;
  /** Follows the edge's log already. */
  readonly edge: EdgeFeed;
}

/**
 * Brings what the stack's containers and its edge write into their store, through the Engine: no container gets the
 * directory of all containers' logs, beside which their environments lie.
 *
 * It remembers nothing. How far it has come, the store says, and what the store has not taken yet is in the logs that the
 * Engine keeps: a store that is away, or lost its last seconds, gets them again.
 */
export class LogForwarder {
  private readonly directory: HostDirectory;
  /** Container -> release that it was made for: its set's record names the next one before it is gone. */
  private readonly releases = new Map<string, string>();
  /** Set -> release that it holds now. */
  private held: ReadonlyMap<string, string> = new Map();
  private readonly lateness = new Lateness();

  constructor(
    private readonly at: ForwardedStack,
    private readonly warn: (text: string) => void,
  ) {
    this.directory = new HostDirectory(at.host, at.directory);
  }

  /** See {@link Lateness.seconds}. */
  lag(): number {
    return this.lateness.seconds();
  }

  /** Goes on until it is told to end, whatever becomes of the store and of the Engine. */
  async run(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      try {
        await this.forward(end);
      } catch (error) {
        this.warn(`logs wait for ${this.at.store.name}: ${(error as Error).message}`);
        await sleep(RETRY_MILLISECONDS);
      }
    }
  }

  /** @throws Error when something could not be read or kept: then it begins anew where the store is. */
  private async forward(end: AbortSignal): Promise<void> {
    await this.at.store.settle();
    const engine = await this.at.host.engine();
    const batch = new LogBatch(this.at.store);
    const feeds = new Map<string, ContainerFeed>();
    const closing = new AbortController();
    try {
      while (!end.aborted) {
        await this.look(engine, batch, feeds, closing.signal);
        await sleep(SEND_MILLISECONDS);
        const oldest = this.lateness.begin();
        await batch.send();
        this.lateness.kept(oldest);
      }
    } finally {
      closing.abort();
      await Promise.all([...feeds.values()].map((feed) => feed.ended()));
    }
    await batch.send();
  }

  /** Opens what is new or runs again. */
  private async look(
    engine: Docker,
    batch: LogBatch,
    feeds: Map<string, ContainerFeed>,
    closing: AbortSignal,
  ): Promise<void> {
    const { prefix } = this.at;
    const choice = { prefix, sets: "both", services: [], edge: true } as const;
    const sources = await findSources(engine, this.directory, choice);
    // After the containers: a set's record is there before them.
    const held = await readHeldSets(this.directory);
    this.held = new Map(held.map(({ color, record }) => [color, record.id]));
    for (const source of sources) {
      const known = feeds.get(source.id);
      const feed = known ?? (await this.open(engine, source, batch, closing));
      feeds.set(source.id, feed);
      feed.keepOpen(source.isRunning || known === undefined);
    }
    const there = new Set(sources.map(({ id }) => id));
    for (const [id, feed] of feeds) {
      // What a container that is gone has said is read to its end.
      if (!there.has(id) && feed.isIdle()) feeds.delete(id);
    }
    for (const id of this.releases.keys()) if (!feeds.has(id)) this.releases.delete(id);
  }

  private async open(
    engine: Docker,
    source: LogSource,
    batch: LogBatch,
    closing: AbortSignal,
  ): Promise<ContainerFeed> {
    const { stack, edge, store } = this.at;
    const { id, set, service, replica } = source;
    const release = this.releases.get(id) ?? this.held.get(set ?? "") ?? "";
    this.releases.set(id, release);
    const of = { stack, service, ...(set === null ? {} : { set, replica: String(replica) }) };
    const labels: LogLabels = { ...of, set: set ?? "", release, replica: String(replica) };
    const take = (line: TimedLine | ReadLine) => {
      const said = "said" in line ? line.said : parseFields(line.text);
      const own = set === null ? edgeLabels(said, stack, this.held) : labels;
      this.lateness.take(line.at);
      return batch.add(store.row(line, own, said));
    };
    const kept = await store.kept(of);
    return new ContainerFeed(engine, source, kept, take, closing, set === null ? edge : null);
  }
}
