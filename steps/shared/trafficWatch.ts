import type { Color, ReleaseRecord } from "../../release/release";
import { summarizeBaseline, WHOLE_SET, type TrafficBaseline } from "../../release/trafficBaseline";
import type { TrafficCounts } from "../../release/trafficCounts";
import { DEFAULT_WARM_UP_SECONDS, withDefaultLimits } from "../../release/trafficLimits";
import { evidenceOf, type VerdictEvidence } from "../../release/trafficEvidence";
import { TrafficTally, type UserRequest } from "../../release/trafficTally";
import { isKnown, type ServiceTraffic } from "../../release/trafficTests";
import {
  isFailing,
  judgeTraffic,
  type TrafficInput,
  type TrafficVerdict,
} from "../../release/trafficVerdict";
import { describeFailures } from "../../release/trafficWords";
import type { WatchInput } from "../../rules/health/watchInput";
import type { TargetHands, TrafficFeed } from "../../targets/hands";

/** How long before a switch counts as "before". */
const PAST_SECONDS = 600;
/** By then the feed has told all of the past. */
const CATCH_UP_SECONDS = 2;
const SHOWN_PATHS = 3;

/** What is watched: a release that takes the place of another. */
export interface Watched {
  readonly color: Color;
  readonly record: ReleaseRecord;
  /** The set that serves until then; null: none does. */
  readonly outgoing: Color | null;
  readonly limits: WatchInput;
  /** When the traffic moved, by this machine's clock; null: it has not yet. */
  readonly movedAt: Date | null;
  /** Whether both sets serve at once, so that they are compared with each other. */
  readonly isBeside?: boolean;
}

/** Counts what users get before and after a move of the traffic, and says whether it has become worse. */
export class TrafficWatch {
  private readonly before = new TrafficTally();
  private readonly after = new TrafficTally();
  /** What the other set gets in the same time. */
  private readonly beside = new TrafficTally();
  private feed: TrafficFeed | null = null;
  /** Second -> requests that the other set answered before the move. */
  private readonly others = new Map<number, number>();
  private firstSeen = Infinity;
  private movedAt: number | null = null;
  /** From when on the other set has lost services, one after the other. */
  private leftAt = Infinity;
  private baselines: ReadonlyMap<string | null, TrafficBaseline> | null = null;
  private recorded: Readonly<Record<string, TrafficBaseline>> = {};

  private constructor(
    private readonly hands: TargetHands,
    private readonly watched: Watched,
  ) {}

  /** Begins to look before the traffic moves. */
  static async start(hands: TargetHands, watched: Watched): Promise<TrafficWatch> {
    const watch = new TrafficWatch(hands, watched);
    const { records } = hands;
    const outgoing = watched.outgoing && (await records.readPlacement(watched.outgoing));
    watch.recorded = (outgoing && (await records.readTraffic(outgoing.record.id))) ?? {};
    // What comes before it is known when the traffic moved is looked at then.
    const early: UserRequest[] = [];
    let see: (request: UserRequest) => void = (request) => void early.push(request);
    const feed = await follow(hands, watched.limits, (request) => see(request));
    watch.feed = feed;
    if (watched.movedAt) {
      const ahead = feed.now() - Date.now() / 1000;
      watch.movedAt = watched.movedAt.getTime() / 1000 + ahead;
    }
    see = (request) => watch.see(request);
    early.forEach(see);
    return watch;
  }

  /** To be said before services move one by one: what comes from then until all have moved is neither before nor after. */
  leaves(): void {
    this.leftAt = this.feed?.now() ?? Date.now() / 1000;
  }

  /** To be said right before the traffic moves. */
  moves(): void {
    this.movedAt = this.feed?.now() ?? Date.now() / 1000;
  }

  /** Whether the traffic has not moved yet. */
  isWaiting(): boolean {
    return this.movedAt === null;
  }

  /** Whether it is worse already; quick enough to be asked a few times a second. */
  isFailing(): boolean {
    return isFailing(this.input());
  }

  judge(): TrafficVerdict {
    return judgeTraffic(this.input());
  }

  /** Why it fails, a line each. */
  failures(verdict: TrafficVerdict): string[] {
    return describeFailures(verdict, (service) => this.after.worstPaths(service, SHOWN_PATHS));
  }

  /** What the verdict rests on by now. */
  evidence(): VerdictEvidence {
    return evidenceOf(this.judge(), (service) => this.after.worstPaths(service, SHOWN_PATHS));
  }

  /** Keeps what the release was like, for the next one to be compared with. */
  async keep(): Promise<void> {
    const { hands, watched, after } = this;
    const from = Math.floor(this.movedAt ?? 0);
    const window = { from, until: Math.max(from + 1, Math.floor(this.feed?.now() ?? from)) };
    const names = [null, ...Object.keys(watched.record.services)];
    const summaries = names.map((name) => [
      name ?? WHOLE_SET,
      recordable(summarizeBaseline(after.counts(name), window), watched.limits),
    ]);
    await hands.records.writeTraffic(
      watched.record.id,
      Object.fromEntries(summaries) as Record<string, TrafficBaseline>,
    );
  }

  close(): void {
    this.feed?.close();
  }

  private see(request: UserRequest): void {
    const { color } = this.watched;
    const { at, from = at } = request;
    if (this.movedAt === null || at < this.movedAt) {
      if (at < this.leftAt) this.seeBefore(request);
    } else {
      const tally = request.color === color ? this.after : this.beside;
      tally.add(request, from >= this.movedAt + DEFAULT_WARM_UP_SECONDS);
    }
  }

  private seeBefore(request: UserRequest): void {
    const second = Math.floor(request.at);
    if (request.color !== this.watched.outgoing) {
      this.others.set(second, (this.others.get(second) ?? 0) + 1);
      return;
    }
    this.firstSeen = Math.min(this.firstSeen, request.at);
    this.before.add(request, true);
  }

  private input(): TrafficInput {
    const { record, limits, isBeside } = this.watched;
    const traffic = (service: string | null): ServiceTraffic => ({
      watch: this.after.counts(service),
      beside: isBeside ? this.beside.counts(service) : null,
      baseline: this.baselineOf(service),
      limits: withDefaultLimits((service === null ? null : limits.services[service]) ?? limits.all),
    });
    return {
      whole: traffic(null),
      services: Object.fromEntries(
        Object.keys(record.services).map((service) => [service, traffic(service)]),
      ),
      missing: this.feed?.missing() ?? null,
    };
  }

  /** What was seen of the time before; where that is too little, what is on record of the release that served then. */
  private baselineOf(service: string | null): TrafficBaseline | null {
    const seen = this.baselinesSeen().get(service) ?? null;
    return isKnown(seen) ? seen : (this.recorded[service ?? WHOLE_SET] ?? seen);
  }

  private baselinesSeen(): ReadonlyMap<string | null, TrafficBaseline> {
    if (this.baselines) return this.baselines;
    const until = Math.min(this.movedAt ?? 0, this.leftAt);
    const { before, firstSeen, watched } = this;
    if (firstSeen >= until) return new Map();
    const from = Math.max(Math.floor(firstSeen), this.servesAloneFrom());
    const window = { from, until: Math.max(from + 1, Math.ceil(until)) };
    const names = [null, ...Object.keys(watched.record.services)];
    const found = new Map(
      names.map((name) => [name, summarizeBaseline(since(from, before.counts(name)), window)]),
    );
    if ((this.feed?.now() ?? 0) >= until + CATCH_UP_SECONDS) this.baselines = found;
    return found;
  }

  /**
   * From which second on the outgoing release has served alone, by the log itself: the time that the records have of the
   * move before is by the clock of whoever made it. A long answer that the other set ends later is no sign of it.
   */
  private servesAloneFrom(): number {
    const own = new Map(
      this.before.counts(null).seconds.map(({ second, requests }) => [second, requests]),
    );
    const shared = [...this.others].filter(([second, count]) => count >= (own.get(second) ?? 0));
    return Math.max(0, ...shared.map(([second]) => second + 1));
  }
}

/** By the stack's Prometheus where it is to be asked, else by the target's own account of what users get. */
async function follow(
  hands: TargetHands,
  { prometheus }: WatchInput,
  tell: (request: UserRequest) => void,
): Promise<TrafficFeed> {
  if (!prometheus) return hands.followTraffic(PAST_SECONDS, tell);
  const { followPrometheus } = await import("./followPrometheus");
  return followPrometheus(prometheus, PAST_SECONDS, tell);
}

/** A Prometheus tells lower ends of latencies while a release is watched: nothing later may be compared with them. */
function recordable(seen: TrafficBaseline, { prometheus }: WatchInput): TrafficBaseline {
  if (!prometheus) return seen;
  return { ...seen, timed: 0, p95Seconds: null, p95BoundSeconds: null, slowBurstiness: 1 };
}

/** What was counted from a second on. */
function since(from: number, counts: TrafficCounts): TrafficCounts {
  return { ...counts, seconds: counts.seconds.filter(({ second }) => second >= from) };
}
