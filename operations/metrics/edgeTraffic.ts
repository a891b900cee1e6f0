import type { Color } from "../../release/release";
import type { UserRequest } from "../../release/trafficTally";
import { readAccessLine } from "../../rules/edge/accessLog";
import type { LineFields } from "../../rules/logs/logLine";
import { newKeys } from "../../rules/logs/newKeys";
import type { HeldSets } from "../../rules/observability/heldSets";
import { STATUS_CLASSES, statusClass } from "../../rules/observability/metricNames";
import type { Instruments } from "./instruments";

/** A service's requests, in the set that holds its release. */
interface ServiceSeries {
  readonly release: string;
  add(request: UserRequest, status: number): void;
  remove(): void;
}

/**
 * Counts what users get, by the log and the rules that a release is judged by. Lines name the set alone: which release it
 * holds is on record before its first container is touched, so long before its first user.
 */
export class EdgeTraffic {
  private readonly series = new Map<string, ServiceSeries>();
  private readonly releases = new Map<Color, string>();
  private readonly isNew = newKeys();
  private lagSeconds: number | null = null;

  constructor(private readonly instruments: Instruments) {}

  /** What the sets hold from now on; what is told of another release ends with it. */
  hold(sets: HeldSets): void {
    this.releases.clear();
    const held = new Set<string>();
    for (const { color, record } of sets) {
      this.releases.set(color, record.id);
      for (const service of Object.keys(record.services)) {
        // Known before its first request: a counter that begins at 1 has never grown.
        this.seriesOf(color, service, record.id);
        held.add(keyOf(color, service, record.id));
      }
    }
    for (const [key, series] of this.series) {
      if (held.has(key)) continue;
      series.remove();
      this.series.delete(key);
    }
  }

  /** Age of the last line when it was read; null: none was. */
  lag(): number | null {
    return this.lagSeconds;
  }

  /** @param now by the clock that lines have their time of. */
  take(said: readonly (LineFields | null)[], now: number): void {
    for (const fields of said) {
      const logged = readAccessLine(fields);
      if (logged === null || !this.isNew(logged.key)) continue;
      this.lagSeconds = Math.max(0, now - logged.request.at);
      this.count(logged.request, logged.status);
    }
  }

  private count(request: UserRequest, status: number): void {
    const release = this.releases.get(request.color);
    // Without a record nothing was placed there, so no service of ours has answered.
    if (release !== undefined) {
      this.seriesOf(request.color, request.service, release).add(request, status);
    }
  }

  private seriesOf(set: Color, service: string, release: string): ServiceSeries {
    const key = keyOf(set, service, release);
    const known = this.series.get(key);
    if (known) return known;
    const made = this.makeSeries({ service, set, release });
    this.series.set(key, made);
    return made;
  }

  private makeSeries(labels: { service: string; set: Color; release: string }): ServiceSeries {
    const { edgeRequests, edgeBadRequests, edgeDuration } = this.instruments;
    const classes = new Map(
      STATUS_CLASSES.map((each) => [each, edgeRequests.labels({ ...labels, class: each })]),
    );
    const bad = edgeBadRequests.labels({ ...labels });
    const duration = edgeDuration.labels({ ...labels });
    for (const counter of [...classes.values(), bad]) counter.inc(0);
    edgeDuration.zero({ ...labels });
    return {
      release: labels.release,
      add(request, status) {
        classes.get(statusClass(status))!.inc();
        if (request.bad) bad.inc();
        if (request.seconds !== null) duration.observe(request.seconds);
      },
      remove() {
        for (const each of STATUS_CLASSES) edgeRequests.remove({ ...labels, class: each });
        edgeBadRequests.remove({ ...labels });
        edgeDuration.remove({ ...labels });
      },
    };
  }
}

function keyOf(set: Color, service: string, release: string): string {
  return `${set} ${service} ${release}`;
}
