import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { listenUrl } from "../../rules/edge/listenUrl";
import type { HeldSets } from "../../rules/observability/heldSets";
import { keptLogs } from "../../rules/observability/keptLogs";
import { METRICS } from "../../rules/observability/metricNames";
import { serviceTargets, type ServiceTarget } from "../../rules/observability/serviceTargets";
import { sleep } from "../../targets/timing";
import { TOLD_OF_CONTAINERS, tellContainers } from "./containers";
import { EdgeFeed } from "./edgeFeed";
import { EdgeTraffic } from "./edgeTraffic";
import { TOLD_OF_HOST, tellHost } from "./hostFigures";
import { Instruments, type Told } from "./instruments";
import type { LogForwarder } from "./logForwarder";
import { TOLD_OF_POSTGRES, tellPostgres } from "./postgresFigures";
import {
  EventFigures,
  readHeldSets,
  tellCertificate,
  tellIdleSet,
  tellSecrets,
  tellServing,
} from "./stackFacts";

/** How often the records are asked what the sets hold, in milliseconds: far less than a set takes to be made. */
const RECORDS_MILLISECONDS = 1_000;
/** How long what is slow may take until the rest is told without it; Prometheus itself waits ten seconds. */
const PATIENCE_MILLISECONDS = 8_000;

/** A stack, as it is watched. */
export interface WatchedStack {
  readonly stack: string;
  readonly prefix: string;
  readonly settings: Settings;
  readonly host: Host;
  /** Whether this machine is the stack's host, so that its figures are the host's. */
  readonly isHere: boolean;
}

/** Tells all that maestro knows of a stack, to whoever asks. */
export class Exporter {
  private readonly told: Instruments;
  private readonly traffic: EdgeTraffic;
  private readonly edge: EdgeFeed;
  private readonly directory: HostDirectory;
  private readonly events: EventFigures;
  private readonly end = new AbortController();
  private readonly said = new Set<string>();
  private sets: HeldSets = [];
  private forwarder: LogForwarder | null = null;
  private loops: Promise<unknown> = Promise.resolve();
  private telling: Promise<string> | null = null;

  private constructor(private readonly at: WatchedStack) {
    this.told = new Instruments(at.stack);
    this.traffic = new EdgeTraffic(this.told);
    const count = this.traffic.take.bind(this.traffic);
    const isKept = keptLogs(at.settings.observability) !== null;
    this.edge = new EdgeFeed(at.host, at.prefix, count, (text) => this.warn(text), isKept);
    this.directory = new HostDirectory(at.host, at.settings.directory);
    this.events = new EventFigures(this.directory, at.stack, (text) => this.warn(text));
  }

  /** Begins to count what users get. */
  static async start(at: WatchedStack): Promise<Exporter> {
    const exporter = new Exporter(at);
    await exporter.readSets();
    tellSecrets(at.settings.observability?.secretsEnd ?? {}, exporter.told);
    const { signal } = exporter.end;
    exporter.loops = Promise.all([
      exporter.keepSets(signal),
      exporter.edge.run(signal),
      exporter.forwardLogs(signal),
    ]);
    return exporter;
  }

  /** Media type of what {@link metrics} gives. */
  get contentType(): string {
    return this.told.registry.contentType;
  }

  /** All metrics in Prometheus' text format. Who asks while it is put together gets the same. */
  metrics(): Promise<string> {
    this.telling ??= this.collect().finally(() => (this.telling = null));
    return this.telling;
  }

  /** The services' own metrics, as Prometheus looks for them. */
  targets(): ServiceTarget[] {
    const { stack, settings } = this.at;
    const { subnet, observability } = settings;
    return serviceTargets(this.sets, observability?.scrape ?? {}, { stack, subnet });
  }

  async close(): Promise<void> {
    this.end.abort();
    await this.loops;
  }

  private async collect(): Promise<string> {
    const { told, at, directory, sets } = this;
    const { host, prefix, settings } = at;
    const previewUrl = listenUrl(settings.edge.preview);
    const lag = this.traffic.lag();
    if (lag !== null) told.followLag.set(lag);
    if (this.forwarder) told.logLag.set(this.forwarder.lag());
    const { edge, rollout } = settings;
    const certificate = `${settings.directory}/edge/tls/certificate.pem`;
    const [delivery = ""] = await Promise.all([
      this.attempt(["rejectedSinceSuccess", "backupTimestamp"], () => this.events.tell(told)),
      this.attempt(["serving", "switchTimestamp"], () => tellServing(directory, sets, told)),
      this.attempt(TOLD_OF_CONTAINERS, () => this.tellContainers(previewUrl)),
      rollout.keepPrevious === "warm" &&
        this.attempt(["idleSetKept"], () => tellIdleSet(host, directory, { prefix, sets }, told)),
      settings.postgres !== null &&
        this.attempt(TOLD_OF_POSTGRES, () => tellPostgres(host, prefix, told)),
      edge.tls &&
        this.attempt(["certificateExpiry"], () => tellCertificate(host, certificate, told)),
      at.isHere && this.attempt(TOLD_OF_HOST, async () => tellHost(await this.paths(), told)),
    ]);
    return `${await told.registry.metrics()}${delivery}`;
  }

  private async tellContainers(previewUrl: string): Promise<void> {
    const { host, prefix } = this.at;
    const records = await this.directory.records.stateful.all();
    const stateful = [...records].flatMap(([name, { removed }]) => (removed ? [] : [name]));
    await tellContainers({ host, prefix, previewUrl }, { sets: this.sets, stateful }, this.told);
  }

  /** Nothing where the stack keeps no logs. */
  private async forwardLogs(end: AbortSignal): Promise<void> {
    const { stack, prefix, host, settings } = this.at;
    const { observability, directory } = settings;
    const kept = keptLogs(observability);
    if (kept === null) return;
    const { LogForwarder } = await import("./logForwarder");
    const { openLogStore } = await import("./openLogStore");
    const warn = (text: string) => this.warn(text);
    const store = await openLogStore(host, kept, warn);
    const { edge } = this;
    this.forwarder = new LogForwarder({ stack, prefix, host, directory, store, edge }, warn);
    await this.forwarder.run(end);
  }

  private async paths(): Promise<string[]> {
    const { DockerRootDir } = (await (await this.at.host.engine()).info()) as {
      DockerRootDir: string;
    };
    return [this.at.settings.directory, DockerRootDir];
  }

  /** What cannot be told is left out, and said: a value of before would look like one of now. */
  private async attempt<T>(what: readonly Told[], tell: () => Promise<T>): Promise<T | undefined> {
    const late = AbortSignal.timeout(PATIENCE_MILLISECONDS);
    try {
      return await Promise.race([
        tell(),
        new Promise<never>((_, fail) => {
          const why = new Error(`no answer within ${PATIENCE_MILLISECONDS / 1000} s`);
          late.addEventListener("abort", () => fail(why), { once: true });
        }),
      ]);
    } catch (error) {
      this.told.forget(...what);
      const names = what.map((each) => METRICS[each].name).join(", ");
      this.warn(`${names}: cannot be told: ${(error as Error).message}`);
      return undefined;
    }
  }

  private async readSets(): Promise<void> {
    this.sets = await readHeldSets(this.directory);
    this.traffic.hold(this.sets);
  }

  private async keepSets(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await sleep(RECORDS_MILLISECONDS);
      await this.readSets().catch((error: Error) => this.warn(`records: ${error.message}`));
    }
  }

  /** Once each: it is asked every few seconds. */
  private warn(text: string): void {
    if (this.said.has(text)) return;
    if (this.said.size > 1000) this.said.clear();
    this.said.add(text);
    console.error(`${new Date().toISOString()} ${text}`);
  }
}
